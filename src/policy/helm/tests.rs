//! Masking and filling of chart templates.

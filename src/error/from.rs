//! The errors of the core as users meet them: which exit code each has.

use crate::catalog::CatalogError;
use crate::config::ConfigError;
use crate::template::TemplateError;

use super::{Error, Kind};

impl From<TemplateError> for Error {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Template(diagnostics) => Self { kind: Kind::Config, diagnostics },
            TemplateError::Answer(diagnostics) => Self { kind: Kind::Usage, diagnostics },
        }
    }
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        let kind = if matches!(error, CatalogError::Name(_)) { Kind::Usage } else { Kind::Config };
        Self::new(kind, error.into_diagnostic())
    }
}

impl From<ConfigError> for Error {
    fn from(ConfigError(diagnostic): ConfigError) -> Self {
        Self::new(Kind::Config, *diagnostic)
    }
}

//! The file system: the only module that reads a tree from it or carries a plan out.

mod walk;

pub use walk::{DiskError, Skipped, Walk, read_folder, walk};

//! The file system: the only module that reads a tree from it or carries a plan out.

mod add;
mod git;
mod stage;
mod walk;

pub use add::add;
pub use git::{GitError, enclosing_repository, first_commit};
pub use stage::{Staging, WriteError, sweep};
pub use walk::{DiskError, Skipped, Walk, read_folder, walk};

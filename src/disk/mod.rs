//! The file system: the only module that reads a tree from it or carries a plan out.

mod add;
mod cache;
mod descent;
mod edit;
mod former;
mod git;
mod joined;
mod links;
mod metadata;
mod org;
mod pack;
mod past;
mod regular;
mod sealed;
pub mod signing;
mod snapshot;
mod stage;
mod traces;
pub mod update;
mod versions;
mod walk;
mod whole;

pub use add::add;
pub use cache::{Cache, CacheError, CachedUnit, Guard, Log, Queued, Space, StoreError, SyncRecord, Synced, object_name, parse_list};
pub use descent::Descent;
pub use edit::{Turn, Undone, edit, is_half_done, turn};
pub use former::{Earlier, earlier, history, said_by, sides};
pub use git::{CommitError, enclosing_repository, keep, write_and_commit};
pub use joined::{JoinError, joined};
pub use org::Org;
pub use past::{PastError, Point, past};
pub use regular::{is_special, named_file, own_file};
pub use snapshot::{Snapshot, SnapshotError};
pub use stage::{Staging, WriteError, sweep};
pub use traces::TraceFile;
pub use versions::{Commits, Side, Version, Versions, versions};
pub use walk::{Above, DiskError, Footprint, Hidden, Skipped, Sparse, Standing, Trail, Walk, above, read_folder, root_around, walk};
pub use whole::{write_file, write_file_by};

#[cfg(test)]
mod scratch;

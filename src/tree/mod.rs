//! The waist of the product: repositories as data.
//!
//! A [`Tree`] is read, a [`Plan`] is produced. Nothing here touches the disk; only `disk` reads a tree or applies a plan.

mod digest;
mod entries;
mod packed;
mod path;
mod plan;

pub use digest::{BlobId, Digest, DigestError, DigestOfParts, tree_digest};
pub use entries::{Changes, Entry, File, Files, Lack, Mode, ReadError, Source, Stamp, Tree};
pub use packed::{Packed, Row};
pub use path::{PathError, RepoPath, from_folder};
pub use plan::{Change, Plan};

//! The life of a service after its generation, as functions over values: what an update merges, what answers become, how far a
//! service has drifted. Nothing here reads a disk.

mod answers;
mod drift;
mod mark;
mod promote;
mod reconcile;
mod record;
mod shape;
mod sides;
mod trace;

pub use answers::{Carried, carry};
pub use drift::{Drift, DriftedFile, Now, Share, State, drift};
pub use mark::marked;
pub use promote::{Proposal, propose};
pub use reconcile::{Contested, reconcile};
pub use record::{fold, is_torn, recorded, unfold};
pub use sides::{Seen, sides};
pub use trace::{Origin, trace};

use crate::tree::{Mode, RepoPath};

/// Brings a file of the working tree.
pub type Ours<'a> = dyn FnMut(&RepoPath) -> Option<(Mode, Vec<u8>)> + 'a;

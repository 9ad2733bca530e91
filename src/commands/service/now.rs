//! A file of a service as it is now, also where a clone has not its contents.

use crate::template::life::Now;
use crate::tree::RepoPath;

use super::Service;

impl Service {
    /// A file of the working tree, or what a sparse checkout leaves out of it.
    pub(in crate::commands) fn now(&self, path: &RepoPath) -> Now {
        if let Some((mode, bytes)) = self.file(path) {
            return Now::There(mode, bytes);
        }
        let Some((mode, id)) = self.ground.left_out_as(path) else { return Now::Gone };
        let rendered = self.lock.files.get(path).and_then(|locked| locked.blob.as_ref());
        Now::Unread { mode, is_rendered: rendered.is_some_and(|blob| blob.as_str() == id) }
    }
}

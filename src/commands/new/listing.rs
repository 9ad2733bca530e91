//! What `polity new --dry-run` would do, a line for each file.

use std::fmt::Write as _;

use crate::cli::NewArgs;
use crate::template::{Rendered, Stack};
use crate::tree::Mode;

use super::Env;
use super::summary::count;

/// One line a file, as `--dry-run` prints it.
pub(super) fn listing(args: &NewArgs, env: &Env<'_>, stack: &Stack, rendered: &Rendered) -> String {
    let folder = env.cwd.join(&args.dir);
    let mut kept = 0;
    let mut text = format!("would create {} from {} {}\n", args.dir.display(), stack.top().name, stack.top().file.version);
    for (path, file) in &rendered.files {
        let is_there = folder.join(path.as_str()).symlink_metadata().is_ok();
        kept += usize::from(is_there);
        let mark = match file.mode {
            _ if is_there => " (exists and is kept)",
            Mode::Executable => " (executable)",
            _ => "",
        };
        let _ = writeln!(text, "  {:<8} {path}{mark}", file.class.word());
    }
    let _ = writeln!(text, "{}, nothing written", count(rendered.files.len() - kept, "file"));
    if !args.force && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        let _ = writeln!(text, "the folder is not empty: to add to it takes `--force`");
    }
    text
}

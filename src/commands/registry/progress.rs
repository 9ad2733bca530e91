//! What a verb waits for, said on a terminal while it waits.

use std::time::Duration;

use indicatif::ProgressBar;

use super::Env;

/// A spinner with a message; nothing where no progress is to be drawn.
pub(super) fn spinner(env: &Env<'_>, message: String) -> ProgressBar {
    let bar = if env.progress { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.enable_steady_tick(Duration::from_millis(120));
    bar.set_message(message);
    bar
}

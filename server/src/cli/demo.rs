use super::{log, say, serve};
use crate::config::{Log, LogFormat};
use crate::demo::{self, Options};

/// Runs the demo until it is told to stop.
pub(super) async fn run(port: u16) -> anyhow::Result<()> {
    log::start(&Log { format: LogFormat::Text, filter: "warn".to_owned() });
    let demo = demo::start(Options { port, ..Options::default() }).await?;
    say("Highwater shows a simulated fleet. Open this in a browser on this computer; it signs you in:")?;
    say(format_args!("\n  {}\n", demo.url))?;
    say("Ctrl-C ends the demo and removes all that it made.")?;
    serve::until_told_to_stop(&demo.running).await?;
    demo.stop().await
}

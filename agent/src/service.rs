//! The agent as a Windows service: between the service manager and [`crate::agent::run`], and nothing else.
//!
//! It says that it runs at once, before it has read a setting: without a policy, a server or a network it waits, and the service
//! manager never waits for it. When its settings change it begins again with the new ones.

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use highwater_win32::registry::Watch;
use tokio_util::sync::CancellationToken;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::{define_windows_service, service_dispatcher};

use crate::agent::{self, RunError};
use crate::cli::open;
use crate::clock::Clock;
use crate::config::{self, Partial, registry};
use crate::notice::{self, Notice};

/// As the installer registers it.
pub const NAME: &str = "HighwaterAgent";
/// The service manager is told that stopping takes no longer.
const STOP: Duration = Duration::from_secs(5);
/// Settings that cannot be used are read again after this, if no change is told before.
const AGAIN: Duration = Duration::from_secs(60);
/// How long one wait for a change lasts.
const WAIT: Duration = Duration::from_millis(500);

define_windows_service!(service_main, serve);

/// Hands this process to the service manager, until the service ends.
///
/// # Errors
/// Nobody but the service manager may start it so.
pub fn run() -> Result<(), windows_service::Error> {
    service_dispatcher::start(NAME, service_main)
}

fn serve(_arguments: Vec<OsString>) {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    // Known once it is registered, which is before anything is asked.
    let known: Arc<OnceLock<ServiceStatusHandle>> = Arc::default();
    let own = Arc::clone(&known);
    let control = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown | ServiceControl::Preshutdown => {
            if let Some(manager) = own.get() {
                tell(manager, ServiceState::StopPending, 0);
            }
            asked.cancel();
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let manager = match service_control_handler::register(NAME, control) {
        Ok(manager) => manager,
        Err(error) => {
            tracing::error!(%error, "the service manager cannot be reached");
            return;
        }
    };
    let _ = known.set(manager);
    tell(&manager, ServiceState::Running, 0);
    notice::tell(&Notice::State(format!("Highwater Agent {} runs.", env!("CARGO_PKG_VERSION"))));
    let code = work(&stop);
    notice::tell(&Notice::State(
        "Highwater Agent has stopped. What was not sent yet is sent after the next start.".to_owned(),
    ));
    tell(&manager, ServiceState::Stopped, code);
}

fn tell(manager: &ServiceStatusHandle, state: ServiceState, code: u32) {
    let accepts = match state {
        ServiceState::Running => ServiceControlAccept::STOP | ServiceControlAccept::PRESHUTDOWN,
        _ => ServiceControlAccept::empty(),
    };
    let status = ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: accepts,
        exit_code: if code == 0 { ServiceExitCode::Win32(0) } else { ServiceExitCode::ServiceSpecific(code) },
        checkpoint: 0,
        wait_hint: if state == ServiceState::StopPending { STOP } else { Duration::ZERO },
        process_id: None,
    };
    if let Err(error) = manager.set_service_status(status) {
        tracing::error!(%error, "the service manager does not take the service's state");
    }
}

/// Runs until it is told to stop. Answers 0, or what the service manager shows as the service's own error: then it starts it again.
fn work(stop: &CancellationToken) -> u32 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no threads can be started");
            return 1;
        }
    };
    runtime.block_on(async {
        let mut told = None;
        while !stop.is_cancelled() {
            let changed = stop.child_token();
            let watch = tokio::task::spawn_blocking({
                let changed = changed.clone();
                move || until_changed(&changed)
            });
            let ended = Box::pin(with_settings(&changed)).await;
            if ended.is_ok() {
                told = None;
            }
            if let Err(why) = ended {
                // Once, not every minute.
                if told.as_ref() != Some(&why) {
                    notice::tell(&Notice::Trouble(format!(
                        "{why}. The settings are read again when they change, and every minute."
                    )));
                    told = Some(why);
                }
                changed.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
            }
            changed.cancel();
            // Whoever stops the service waits for it: the watch may end by itself.
            stop.run_until_cancelled(watch).await;
        }
    });
    // What matters is on the medium; what still waits for the registry or the event log ends with the process.
    runtime.shutdown_background();
    0
}

/// Until the settings change, or the service stops.
async fn with_settings(changed: &CancellationToken) -> Result<(), String> {
    let settings = config::load(None, Partial::default()).map_err(|e| e.to_string())?;
    let source = open::source(&settings, &Clock::system())?;
    tracing::info!(
        server = settings.server,
        source = settings.source,
        "highwater-agent {} runs",
        env!("CARGO_PKG_VERSION")
    );
    match agent::run(settings, source, changed.clone()).await {
        Ok(summary) => {
            tracing::info!(?summary, "stopped");
            Ok(())
        }
        Err(error @ (RunError::Spool(_) | RunError::Identity(_))) => {
            Err(format!("{error}. Nothing is lost that was acknowledged"))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Blocks until a policy or an installed setting changes; then cancels `changed`. Ends when somebody else does.
fn until_changed(changed: &CancellationToken) {
    let mut watches: Vec<Watch> = Vec::new();
    for path in [registry::POLICIES, registry::INSTALLED] {
        match Watch::start(path) {
            Ok(watch) => watches.push(watch),
            Err(error) => tracing::warn!(path, %error, "changes of these settings are not noticed until a restart"),
        }
    }
    let before = said();
    while !changed.is_cancelled() && !watches.is_empty() {
        let (Ok(told) | Err(told)) = watches[0].wait(WAIT).map_err(|_| true);
        let others = watches[1..].iter().any(|watch| watch.wait(Duration::ZERO).unwrap_or(true));
        // The nearest key that exists may be another product's too: what counts is what is said.
        if (told || others) && is_other(&before, said()) {
            tracing::info!("the settings have changed");
            changed.cancel();
        }
    }
}

type Said = Option<Vec<(config::Place, Partial)>>;

fn said() -> Said {
    config::places(None, Partial::default()).ok()
}

/// That a token is gone changes nothing: this agent removes it itself.
fn is_other(before: &Said, mut now: Said) -> bool {
    for (place, now) in now.iter_mut().flatten().filter(|(_, now)| now.token.is_none()) {
        let same_place = before.iter().flatten().find(|(other, _)| other == place);
        now.token = same_place.and_then(|(_, before)| before.token.clone());
    }
    *before != now
}

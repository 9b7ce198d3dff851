use std::sync::LazyLock;

use sqlx::QueryBuilder;

use crate::each;
use crate::model::HostId;
use crate::model::host::{Heard, Now};
use crate::store::rows::in_parts;
use crate::store::values::text;
use crate::store::{Result, Tx};

/// Keeps the agents' last words and, where they are newer than what is known, the newest snapshots in figures. Hosts in ascending
/// order, none twice.
///
/// # Errors
/// The database's.
pub async fn save_states(tx: &mut Tx, states: &[(HostId, &Heard, Option<&Now>)]) -> Result<()> {
    debug_assert!(states.is_sorted_by(|a, b| a.0 < b.0), "hosts come in order");
    for states in in_parts(states) {
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new(
                "insert into host_state (host_id, seen_at, agent_version, boot_id, queued_records, clock_skew_ms, taken_at, source,
                    sampling_secs, partial, sessions, clients, opens, idle_sessions, zero_open_sessions, limit_sessions,
                    limit_unlimited, limit_source) ",
            );
            upsert.push_values(states, |mut row, (host, heard, now)| {
                row.push_bind(*host)
                    .push_bind(heard.seen_at)
                    .push_bind(text(&heard.agent_version))
                    .push_bind(text(&heard.boot_id))
                    .push_bind(heard.queued_records.cast_signed())
                    .push_bind(heard.clock_skew_ms)
                    .push_bind(now.map(|now| now.taken_at))
                    .push_bind(now.map(|now| text(&now.source)))
                    .push_bind(now.map(|now| i64::from(now.sampling_secs)))
                    .push_bind(now.map(|now| i64::from(now.partial)))
                    .push_bind(now.map(|now| i64::from(now.totals.sessions)))
                    .push_bind(now.map(|now| i64::from(now.totals.clients)))
                    .push_bind(now.and_then(|now| now.totals.opens).map(u64::cast_signed))
                    .push_bind(now.and_then(|now| now.totals.idle_sessions).map(i64::from))
                    .push_bind(now.and_then(|now| now.totals.zero_open_sessions).map(i64::from))
                    .push_bind(now.and_then(|now| now.limit.sessions).map(i64::from))
                    .push_bind(now.map(|now| i64::from(now.limit.unlimited)))
                    .push_bind(now.map(|now| now.limit.source.word()));
            });
            upsert.push(&*KEEP_NEWER);
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// What happens to a state that is there: the last word is replaced, a snapshot only by a newer one.
static KEEP_NEWER: LazyLock<String> = LazyLock::new(|| {
    const SNAPSHOT: [&str; 12] = [
        "taken_at",
        "source",
        "sampling_secs",
        "partial",
        "sessions",
        "clients",
        "opens",
        "idle_sessions",
        "zero_open_sessions",
        "limit_sessions",
        "limit_unlimited",
        "limit_source",
    ];
    let newer = SNAPSHOT.map(|column| {
        format!(
            "{column} = case when excluded.taken_at > coalesce(host_state.taken_at, -1) then excluded.{column}
                else host_state.{column} end"
        )
    });
    format!(
        " on conflict (host_id) do update set
            seen_at = excluded.seen_at, agent_version = excluded.agent_version, boot_id = excluded.boot_id,
            queued_records = excluded.queued_records, clock_skew_ms = excluded.clock_skew_ms, {}",
        newer.join(", ")
    )
});

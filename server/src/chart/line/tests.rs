use super::*;
use crate::model::limit::LimitSource;
use crate::model::time::MINUTE_MS;
use crate::model::usage::Peak;

fn limit(sessions: u32) -> Limit {
    Limit { sessions: Some(sessions), unlimited: false, source: LimitSource::Api }
}

/// One bucket a minute; none is a hole.
fn buckets(sessions: &[Option<u32>], limit: Limit) -> Vec<Bucket> {
    let bucket = |(i, n): (usize, &Option<u32>)| {
        let from_at = i as i64 * MINUTE_MS;
        let usage = n.map_or_else(Usage::default, |sessions| Usage {
            covered_ms: MINUTE_MS,
            full_ms: if limit.is_full(sessions) { MINUTE_MS } else { 0 },
            peak: Some(Peak { sessions, at: from_at, limit }),
            max_saturation: limit.saturation(sessions),
            ..Usage::default()
        });
        Bucket { from_at, to_at: from_at + MINUTE_MS, usage }
    };
    sessions.iter().enumerate().map(bucket).collect()
}

fn draw(buckets: &[Bucket], limit: Limit, moment: Option<Moment>) -> Line {
    Line::draw(&Source {
        name: "<b>FS02",
        span: Span { from_at: 0, to_at: buckets.len() as i64 * MINUTE_MS },
        buckets,
        locale: &Locale::machine(),
        limit,
        reasons: &[Reason { span: Span { from_at: 0, to_at: 10 * MINUTE_MS }, words: "<i>asleep".into() }],
        events: &[],
        before: &[],
        changes: &[],
        changes_link: "#changes",
        link: "/hosts/7?at=",
        due_until_at: i64::MAX,
        is_beginning: false,
        moment,
        compared: None,
    })
}

#[test]
fn the_week_before_lies_below_the_line_and_fits_the_scale() {
    let (now, then) = (buckets(&[Some(4); 3], Limit::UNKNOWN), buckets(&[Some(40), None, Some(8)], Limit::UNKNOWN));
    let span = Span { from_at: 0, to_at: 3 * MINUTE_MS };
    let source = Source {
        name: "FS02",
        span,
        buckets: &now,
        before: &then,
        locale: &Locale::machine(),
        limit: Limit::UNKNOWN,
        reasons: &[],
        events: &[],
        changes: &[],
        changes_link: "",
        link: "",
        due_until_at: i64::MAX,
        is_beginning: false,
        moment: None,
        compared: None,
    };
    let line = Line::draw(&source);
    assert!(line.has_before() && line.before.matches('M').count() == 2, "a hole is a hole: {}", line.before);
    assert!(line.y.top >= 40.0, "{}", line.y.top);
    assert!(line.sentence.ends_with("; the week before at most 40."), "{}", line.sentence);
    assert!(line.legend(source.locale).iter().any(|(_, words)| words == "the week before"));
    assert!(!Line::draw(&Source { before: &[], ..source }).has_before());
}

#[test]
fn what_changed_stands_in_the_lane_and_near_ones_share_a_shape() {
    let changes: Vec<(i64, String)> =
        [(10, "Users: 20 → 30"), (10, "started again"), (50, "Agent: 1 → 2"), (99, "later")]
            .map(|(minute, words)| (minute * MINUTE_MS, words.to_owned()))
            .into();
    let span = Span { from_at: 0, to_at: 60 * MINUTE_MS };
    let shapes = marks::changes(&changes, span, &Locale::machine(), "#changes");
    assert_eq!(shapes.len(), 2, "{shapes:?}");
    assert!(shapes[0].title.ends_with("Users: 20 → 30; started again") && shapes[0].icon == "m-set");
}

#[test]
fn the_line_is_cut_where_nothing_was_observed_and_the_hole_is_hatched_with_its_reason() {
    let line = draw(&buckets(&[Some(5), None, None, Some(5)], limit(20)), limit(20), None);
    assert_eq!(line.line, "M0 750H2500M7500 750H10000");
    assert_eq!(line.hatches.len(), 1);
    assert_eq!((line.hatches[0].x, line.hatches[0].width), (Percent(25.0), Percent(50.0)));
    assert!(line.hatches[0].words.ends_with("without data: <i>asleep"));
}

#[test]
fn what_lies_before_the_first_observation_is_no_gap() {
    let all = buckets(&[None, None, Some(5), None], limit(20));
    let span = Span { from_at: 0, to_at: 4 * MINUTE_MS };
    let mut source = Source {
        name: "FS02",
        span,
        buckets: &all,
        locale: &Locale::machine(),
        limit: limit(20),
        reasons: &[],
        events: &[],
        before: &[],
        changes: &[],
        changes_link: "#changes",
        link: "",
        due_until_at: i64::MAX,
        is_beginning: true,
        moment: None,
        compared: None,
    };
    assert_eq!(source.gaps(), [Span { from_at: 3 * MINUTE_MS, to_at: 4 * MINUTE_MS }]);
    assert_eq!(Line::draw(&source).beginning, Some((Percent(50.0), "watched since 00:02".to_owned())));
    source.is_beginning = false;
    assert_eq!(source.gaps().len(), 2);
}

#[test]
fn what_is_over_80_percent_and_what_is_full_have_lines_of_their_own() {
    let line = draw(&buckets(&[Some(4), Some(16), Some(20), Some(15)], limit(20)), limit(20), None);
    assert_eq!(line.over_80, "M2500 200H5000V0H7500");
    assert_eq!(line.full, "M5000 0H7500");
    assert_eq!(line.limit, "M0 0H10000", "the limit is the top of the plot");
    assert_eq!(line.threshold, "M0 200H10000");
    assert!(line.sentence.contains("at most 20 of 20, at 00:02; full for 1\u{a0}min"), "{}", line.sentence);
}

#[test]
fn a_limit_far_above_the_line_does_not_press_it_flat() {
    let far = limit(16_777_216);
    let line = draw(&buckets(&[Some(40), Some(50)], far), far, None);
    assert!(line.limit.is_empty() && line.y.top <= 60.0);
    assert_eq!(line.labels[0].2, "limit 16,777,216 ↑");
}

#[test]
fn a_limit_that_changed_is_drawn_as_it_was_and_said() {
    let mut both = buckets(&[Some(5), Some(5)], limit(20));
    both[1].usage.peak = Some(Peak { sessions: 5, at: MINUTE_MS, limit: limit(10) });
    let line = draw(&both, limit(10), None);
    assert_eq!(line.limit, "M0 0H5000V500H10000");
    assert_eq!(line.changes, [(Percent(50.0), "limit 20 → 10".to_owned())]);
}

#[test]
fn without_a_limit_there_is_no_limit_line_and_no_saturation() {
    let none = Limit { sessions: None, unlimited: true, source: LimitSource::Api };
    let line = draw(&buckets(&[Some(300)], none), none, None);
    assert!(line.limit.is_empty() && line.over_80.is_empty() && line.labels.is_empty());
}

#[test]
fn the_chosen_moment_has_a_flag_that_stays_inside_the_plot() {
    let all = buckets(&[Some(5); 100], limit(20));
    let at = |at| draw(&all, limit(20), Some(Moment { at, sessions: Some(5) })).cursors.remove(0).1;
    assert!(at(0).flag_x() > -10.0 && at(100 * MINUTE_MS).lean < 0.0);
    assert_eq!(at(50 * MINUTE_MS).lean, 0.0);
    assert_eq!(at(50 * MINUTE_MS).y, Some(176.5));
}

#[test]
fn names_from_outside_are_escaped_and_every_step_leads_to_its_peak() {
    let svg = draw(&buckets(&[Some(4), None], limit(20)), limit(20), None).render().unwrap();
    assert!(!svg.contains("<b>") && !svg.contains("<i>") && !svg.contains("style="));
    assert!(svg.contains("href=\"/hosts/7?at=0\"") && svg.contains("00:00 · 4 of 20"));
    assert!(svg.contains("00:01 · no data"));
}

//! How the cost grows: a small drawing for light and dark pages.

use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 44.0;

/// Hosts and percent of a core, both from 0 and in even steps: a straight line through the corner is a cost that only grows
/// with the fleet.
pub(crate) fn draw(points: &[(f64, f64)], database: &str) -> Result<String, std::fmt::Error> {
    let most = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(0.0, f64::max);
    let (hosts_step, percent_step) = (step(most(|p| p.0)), step(most(|p| p.1)));
    let (hosts_end, percent_end) = (end(most(|p| p.0), hosts_step), end(most(|p| p.1), percent_step));
    let x = |hosts: f64| LEFT + hosts / hosts_end * (WIDTH - LEFT - RIGHT);
    let y = |percent: f64| HEIGHT - BOTTOM - percent / percent_end * (HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Percent of one core by number of hosts\">\n<style>\n\
         svg {{ color: #1f2328; background: #fff; font: 13px system-ui, sans-serif; }}\n\
         text {{ fill: currentColor; }}\nline {{ stroke: currentColor; stroke-opacity: .2; }}\n\
         polyline {{ fill: none; stroke: #0969da; stroke-width: 2; }}\ncircle {{ fill: #0969da; }}\n\
         @media (prefers-color-scheme: dark) {{ svg {{ color: #e6edf3; background: #0d1117; }} }}\n</style>\n"
    );
    writeln!(svg, "<text x=\"12\" y=\"20\">server, {database}: % of one core</text>")?;
    for tick in ticks(percent_step, percent_end) {
        let (at, right) = (y(tick), WIDTH - RIGHT);
        writeln!(svg, "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>")?;
        writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>", LEFT - 8.0, at + 4.0)?;
    }
    for tick in ticks(hosts_step, hosts_end) {
        let label = HEIGHT - BOTTOM + 20.0;
        writeln!(svg, "<text x=\"{:.1}\" y=\"{label}\" text-anchor=\"middle\">{tick}</text>", x(tick))?;
    }
    writeln!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">hosts</text>", WIDTH - RIGHT, HEIGHT - 6.0)?;
    let line: Vec<String> =
        points.iter().map(|(hosts, percent)| format!("{:.1},{:.1}", x(*hosts), y(*percent))).collect();
    writeln!(svg, "<polyline points=\"{}\"/>", line.join(" "))?;
    for (hosts, percent) in points {
        let (cx, cy) = (x(*hosts), y(*percent));
        writeln!(
            svg,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3.5\"><title>{hosts} hosts: {percent:.1} %</title></circle>"
        )?;
        writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{percent:.1}</text>", cx - 6.0, cy - 6.0)?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// 1, 2 or 5 times a power of ten, at most six of which reach `most`.
fn step(most: f64) -> f64 {
    let power = 10_f64.powf((most.max(1e-3) / 6.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| step * 6.0 >= most).unwrap_or(power * 10.0)
}

fn end(most: f64, step: f64) -> f64 {
    (most / step).ceil().max(1.0) * step
}

fn ticks(step: f64, end: f64) -> impl Iterator<Item = f64> {
    (0..).map(move |n| f64::from(n) * step).take_while(move |tick| *tick <= end + step / 2.0)
}

//! What the problems of the API mean. The `type` of each leads here, so these addresses are a promise. They need no sign-in: whoever
//! meets a problem may have none.

use std::sync::LazyLock;

use askama::Template;
use askama_web::WebTemplate;
use highwater_wire::problem_type;

use crate::web::address::Path;
use crate::web::error::{Error, Fault, Result};
use crate::web::layout::{Nav, Page, Viewer};

/// What stands before a problem's word in its `type`.
pub const PREFIX: &str = "/problems/";

/// What agents are told, by its whole path.
const OF_AGENTS: [&str; 19] = [
    problem_type::SEQUENCE_HOLE,
    problem_type::RECORD_REFUSED,
    problem_type::MALFORMED,
    problem_type::TOO_LARGE,
    problem_type::ENCODING,
    problem_type::KEY_UNKNOWN,
    problem_type::AGENT_PENDING,
    problem_type::AGENT_CONFLICT,
    problem_type::AGENT_REVOKED,
    problem_type::AGENT_BANNED,
    problem_type::TOKEN_REFUSED,
    problem_type::CERTIFICATE_MISSING,
    problem_type::CERTIFICATE_REFUSED,
    problem_type::CLOCK_OFF,
    problem_type::OVER_QUOTA,
    problem_type::KEY_NOT_ASKED,
    problem_type::TRY_LATER,
    problem_type::NOT_FOUND,
    problem_type::SERVER,
];

/// Of what pages say, too.
const OF_ALL: [&str; 8] = ["method", "bad-request", "forbidden", "role", "confined", "screen", "factor", "conflict"];

/// The words of all problems there are, in order.
pub static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let of_agents = OF_AGENTS.iter().filter_map(|path| path.strip_prefix(PREFIX));
    let mut words: Vec<&str> = of_agents.chain(OF_ALL).chain(Fault::ALL.map(Fault::word)).collect();
    words.sort_unstable();
    words
});

#[derive(Debug, Template, WebTemplate)]
#[template(path = "problems/index.html")]
pub struct IndexPage {
    page: Page,
    words: &'static [&'static str],
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "problems/show.html")]
pub struct ShowPage {
    page: Page,
    word: &'static str,
}

/// `GET /problems`
pub async fn index(viewer: Viewer) -> IndexPage {
    IndexPage { page: viewer.page(Nav::Outside, viewer.locale.say("problem-all")), words: &WORDS }
}

/// `GET /problems/{word}`
pub async fn show(viewer: Viewer, Path(word): Path<String>) -> Result<ShowPage> {
    let word = WORDS.iter().find(|known| **known == word).ok_or(Error::NotFound("page"))?;
    Ok(ShowPage { page: viewer.page(Nav::Outside, viewer.locale.say_of("problem-title", word)), word })
}

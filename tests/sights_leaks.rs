//! Who is confined to groups of hosts is told nothing of another one: every route that says that it confines itself is
//! asked in every way that it knows. The routes are those of the table: a new one is asked as soon as it is there.

mod asking;
mod streams;
mod world;

use std::collections::BTreeSet;

use highwater::model::api_key::Scope;
use highwater::model::role::Role;
use highwater::store::{alerts, incidents};
use highwater::web::Declared;
use highwater::web::sight::Reach;

use self::asking::{Ask, By, Form, asks, deeds, hidden, page_of, readable, traces};
use self::streams::{Stream, patient};
use self::world::{LYON, NEVER, World};
use crate::harness::caller::Caller;
use crate::harness::person::{Answer, Person};
use crate::harness::store::{Store, both};

/// What somebody who sees all hosts finds, and on which route: else the test would look for what nobody is shown.
const SHOWN: &[(&str, &str)] = &[
    ("host", "/"),
    ("host", "/hosts/{id}"),
    ("host", "/clients/{id}"),
    ("host", "/users/{id}"),
    ("host", "/events"),
    ("host", "/incidents"),
    ("host", "/findings/{rule}"),
    ("host", "/search"),
    ("host", "/settings/silences"),
    ("host", "/api/v1/hosts"),
    ("host", "/api/v1/incidents"),
    ("nonehost", "/"),
    ("full", "/"),
    ("system", "/hosts/{id}"),
    ("domain", "/api/v1/hosts/{id}"),
    ("cluster", "/api/v1/hosts/{id}"),
    ("an address", "/hosts/{id}"),
    ("group", "/"),
    ("group", "/api/v1/groups"),
    ("setting", "/findings/{rule}"),
    ("before", "/api/v1/hosts/{id}/changes"),
    ("share", "/hosts/{id}"),
    ("share", "/api/v1/hosts/{id}/shares"),
    ("gap", "/api/v1/hosts/{id}/gaps"),
    ("client", "/clients"),
    ("client", "/hosts/{id}"),
    ("user", "/users"),
    ("user", "/api/v1/users"),
    ("alias", "/clients/{id}"),
    ("message", "/events"),
    ("computer", "/events/{id}"),
    ("decoded", "/api/v1/events/{id}"),
    ("comment", "/incidents/{id}"),
    ("ticket", "/incidents/{id}"),
    ("desk", "/api/v1/incidents/{id}"),
    ("fleet", "/incidents/{id}"),
    ("reason", "/settings/silences"),
    ("view", "/"),
    ("the limit", "/hosts/{id}"),
    ("the opens", "/api/v1/hosts"),
];

/// How many lines of what is wrong are printed.
const MOST_TOLD: usize = 40;

/// Who sees Lyon only.
struct Confined {
    viewer: Person,
    operator: Person,
    keys: [Caller; 2],
}

/// What was looked at so far.
#[derive(Default)]
struct Looked {
    answers: usize,
    /// What pages listen to.
    topics: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Confined {
    async fn gather(world: &World) -> Self {
        let server = &world.server;
        Self {
            viewer: Person::confined(server, "vera", (Role::Viewer, LYON)).await,
            operator: Person::confined(server, "otto", (Role::Operator, LYON)).await,
            keys: [
                Caller::confined(server, Scope::Read, LYON).await,
                Caller::confined(server, Scope::WriteIncidents, LYON).await,
            ],
        }
    }

    /// Each who may ask such a route, and how thoroughly he does.
    fn of(&self, route: &Declared) -> Vec<(By<'_>, Form)> {
        if asking::is_api(route) {
            let [read, write] = &self.keys;
            return vec![
                (By::Program(read), Form::Every),
                (By::Program(write), Form::Few),
                (By::Person(&self.viewer), Form::Few),
            ];
        }
        vec![(By::Person(&self.viewer), Form::Every), (By::Person(&self.operator), Form::Few)]
    }
}

impl Looked {
    /// What somebody who is confined is answered has nothing of Paris.
    async fn at(&mut self, by: By<'_>, ask: &Ask) -> Answer {
        let answer = by.get(ask).await;
        self.take(ask, &answer);
        answer
    }

    fn take(&mut self, ask: &Ask, answer: &Answer) {
        self.answers += 1;
        let text = page_of(answer);
        self.topics.extend(asking::between(&text, "data-topic=\"", '"'));
        let found = traces(&ask.path, &text);
        if !found.is_empty() {
            self.wrong.push(format!("{ask}: {} with {found:?}", answer.status));
        }
        if answer.status >= 500 {
            self.wrong.push(format!("{ask}: {} {text}", answer.status));
        }
    }

    /// Everything that is there, in every way.
    async fn all(&mut self, world: &World, people: &Confined) {
        for route in readable() {
            for (by, form) in people.of(&route) {
                let form = if route.reach == Reach::Whole { Form::Few } else { form };
                for ask in asks(&route, &world.lyon, form, world) {
                    self.at(by, &ask).await;
                }
            }
        }
    }

    /// What is of Paris alone is not there, as what never was.
    async fn hidden(&mut self, world: &World, people: &Confined) {
        for route in readable().iter().filter(|route| route.reach == Reach::Confined) {
            for (by, _) in people.of(route) {
                for (of_paris, never) in hidden(route, &world.paris) {
                    let answers = (self.at(by, &of_paris).await, self.at(by, &never).await);
                    self.compare((&of_paris, &answers.0), (&never, &answers.1));
                }
            }
        }
    }

    fn compare(&mut self, (ask, answer): (&Ask, &Answer), (never, missing): (&Ask, &Answer)) {
        let same = |ask: &Ask, answer: &Answer| {
            let headers = ["content-type", "location", "cache-control", "etag", "vary", "content-disposition"];
            (answer.status, headers.map(|name| answer.header(name).to_owned()), ask.without_address(&answer.text))
        };
        let (here, there) = (same(ask, answer), same(never, missing));
        // A silence that is not there may have been ended meanwhile: that is a conflict.
        if here != there || !matches!(answer.status, 404 | 409) {
            self.wrong.push(format!("{ask} is not as {never}, which is not there:\n{here:?}\n{there:?}"));
        }
    }

    /// Nor can anything be done to it.
    async fn deeds(&mut self, store: &Store, world: &World, people: &Confined) {
        let token = people.operator.get("/account").await.attribute("input[name=csrf]", "value").unwrap();
        let [_, write] = &people.keys;
        for (route, id) in deeds(&world.paris) {
            let (ask, never) = (asking::at_id(&route, &id), asking::at_id(&route, NEVER));
            let send = async |ask: &Ask| {
                if asking::is_api(&route) {
                    let body = asking::body(&route.path).to_string();
                    let kind = [("content-type", "application/json")];
                    return write.send(route.method.clone(), &ask.path, &kind, Some(body)).await;
                }
                let mut fields = asking::fields(&route.path);
                fields.push(("csrf", &token));
                people.operator.post(&ask.path, &fields).await
            };
            let answers = (send(&ask).await, send(&never).await);
            self.take(&ask, &answers.0);
            self.take(&never, &answers.1);
            self.compare((&ask, &answers.0), (&never, &answers.1));
        }
        for id in &world.paris.ids["incidents"] {
            let entries = incidents::entries(store, id.parse().unwrap()).await.unwrap();
            assert!(!entries.iter().any(|entry| entry.by == "otto" || entry.by == write.signature()), "{entries:?}");
        }
        let there = alerts::silences(store, world.clock.now_at()).await.unwrap();
        let is_there = |id: &String| there.iter().any(|silence| silence.id.to_string() == *id);
        assert!(world.paris.ids["silences"].iter().all(is_there), "{there:?}");
    }
}

/// What somebody who sees all hosts is shown. He asks first: that others are given what was made for him would be seen.
async fn assert_is_shown(world: &World) -> usize {
    let (mut shown, mut answers) = (BTreeSet::new(), 0);
    for route in readable() {
        for ask in asks(&route, &world.paris, Form::Few, world) {
            let answer = By::Person(&world.everybody).get(&ask).await;
            answers += 1;
            let found = traces(&ask.path, &page_of(&answer));
            shown.extend(found.into_iter().map(|what| (what, route.path.clone())));
        }
    }
    let missing: Vec<_> =
        SHOWN.iter().filter(|(what, path)| !shown.contains(&((*what).to_owned(), (*path).to_owned()))).collect();
    assert!(missing.is_empty(), "nobody is shown {missing:?} of {shown:?}");
    answers
}

async fn look(store: &Store) {
    let world = World::of(store).await;
    let people = Confined::gather(&world).await;
    let http = patient(&world.server);
    let mut open = streams::open_all(&http, &world, [&people.viewer, &people.operator]).await;
    let shown = assert_is_shown(&world).await;
    let mut looked = Looked::default();
    looked.all(&world, &people).await;
    looked.hidden(&world, &people).await;
    looked.deeds(store, &world, &people).await;
    for topic in &looked.topics {
        let known = topic.split(':').next().unwrap_or_default();
        assert!(streams::TOPICS.contains(&known), "open a stream of {topic:?} here, too");
    }
    // Somebody who sees both is told of both: so has everybody been by then.
    let mut of_paris = Stream::open(&http, &world, &world.everybody, &format!("host:{}", world.paris.host)).await;
    let mut of_lyon = Stream::open(&http, &world, &world.everybody, &format!("host:{}", world.lyon.host)).await;
    for (place, stream) in [(&world.paris, &mut of_paris), (&world.lyon, &mut of_lyon)] {
        world.clock.set(world.clock.now_at() + 1_000);
        place.push(&world.server).await;
        stream.until("changed").await;
    }
    for ask in [Ask::parts(&format!("/hosts/{}", world.lyon.host)), Ask::parts("/")] {
        looked.at(By::Person(&people.viewer), &ask).await;
    }
    let ending = tokio::spawn(world.server.stop());
    for stream in &mut open {
        stream.read_to_the_end().await;
        stream.assert_says_nothing();
    }
    drop((of_paris, of_lyon));
    ending.await.unwrap();
    let Looked { answers, wrong, .. } = looked;
    println!(
        "{}: {answers} answers and {} streams to who is confined, {shown} to who is not",
        store.kind(),
        open.len()
    );
    let told = wrong.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {answers} answers are wrong:\n{told}", wrong.len());
    assert!(answers > 200, "{answers}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_to_who_is_confined_has_anything_of_another_group() {
    both(async |store| Box::pin(look(store)).await).await;
}

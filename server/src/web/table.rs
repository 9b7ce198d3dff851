//! What the route table is made of. Promises:
//!
//! 1. No route without a policy: nothing else makes routes (`tests/authorisation.rs` looks for it), and each row here
//!    takes one. One that says nothing else shows the whole fleet: nobody who is confined comes to it.
//! 2. What the table says can be read ([`Declared`]), so that a test can ask the server whether it is so.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::policy::{self, Guard, Policy, Rule};
use super::sight::{Below, Reach};
use super::{Site, live};
use crate::model::api_key::Scope;

/// What the table says of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub method: Method,
    /// With the names of its parameters: `/hosts/{id}`.
    pub path: String,
    pub policy: Policy,
    /// What of the fleet it shows.
    pub reach: Reach,
}

struct Row {
    declared: Declared,
    handler: MethodRouter<Site>,
    /// It follows what it shows while it is open.
    is_followed: bool,
}

/// Routes of pages and machines.
#[derive(Default)]
pub(super) struct Table(Vec<Row>);

/// Routes of the API, which the document is made of, too.
#[derive(Default)]
pub(super) struct Endpoints(Vec<(Rule, UtoipaMethodRouter<Site>)>);

impl Declared {
    fn of(method: Method, path: &str, Rule { policy, reach }: Rule) -> Self {
        Self { method, path: path.to_owned(), policy, reach }
    }

    fn rule(&self) -> Rule {
        Rule { policy: self.policy, reach: self.reach }
    }
}

impl Table {
    /// `rule`: a [`Policy`], or what [`Policy::confined`], [`Policy::hostless`] or [`Policy::own`] makes of it.
    pub(super) fn get<H, T>(self, rule: impl Into<Rule>, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.row(Declared::of(Method::GET, path, rule.into()), get(handler))
    }

    /// As [`Self::get`].
    pub(super) fn post<H, T>(self, rule: impl Into<Rule>, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.row(Declared::of(Method::POST, path, rule.into()), post(handler))
    }

    fn row(mut self, declared: Declared, handler: MethodRouter<Site>) -> Self {
        self.0.push(Row { declared, handler, is_followed: false });
        self
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// All of them follow what they show.
    pub(super) fn followed(mut self) -> Self {
        self.0.iter_mut().for_each(|row| row.is_followed = true);
        self
    }

    pub(super) fn declared(self) -> Vec<Declared> {
        self.0.into_iter().map(|row| row.declared).collect()
    }

    /// Each route behind its policy, which is asked before anything that its requests share.
    pub(super) fn router(self, site: &Site) -> Router<Site> {
        self.0.into_iter().fold(Router::new(), |router, Row { declared, mut handler, is_followed }| {
            if is_followed {
                handler = handler.route_layer(middleware::from_fn_with_state(site.clone(), live::share));
            }
            router.route(&declared.path, behind(declared.rule(), &declared.path, site, handler))
        })
    }
}

impl Endpoints {
    /// Endpoints that tell of the whole fleet.
    pub(super) fn allow(self, scope: Scope, routes: UtoipaMethodRouter<Site>) -> Self {
        self.row(Policy::Api(scope).into(), routes)
    }

    /// Endpoints that tell no more than who asks may see: see [`Policy::confined`].
    pub(super) fn allow_confined(self, scope: Scope, routes: UtoipaMethodRouter<Site>) -> Self {
        self.row(Policy::Api(scope).confined(), routes)
    }

    fn row(mut self, rule: Rule, routes: UtoipaMethodRouter<Site>) -> Self {
        self.0.push((rule, routes));
        self
    }

    pub(super) fn declared(self) -> Vec<Declared> {
        let of_one = |(rule, (_, paths, _)): (Rule, UtoipaMethodRouter<Site>)| {
            paths.paths.into_iter().flat_map(move |(path, item)| {
                methods(&item).into_iter().map(move |method| Declared::of(method, &path, rule))
            })
        };
        self.0.into_iter().flat_map(of_one).collect()
    }

    pub(super) fn document(self) -> OpenApi {
        let routes = self.0.into_iter().map(|(_, routes)| routes);
        routes.fold(OpenApiRouter::new(), OpenApiRouter::routes).split_for_parts().1
    }

    /// Each endpoint behind its policy.
    pub(super) fn router(self, site: &Site) -> Router<Site> {
        let guarded = |(rule, (schemas, paths, handler)): (Rule, UtoipaMethodRouter<Site>)| {
            let path = paths.paths.keys().next().cloned().unwrap_or_default();
            let handler = behind(rule, &path, site, handler);
            (schemas, paths, handler)
        };
        let routes = self.0.into_iter().map(guarded);
        routes.fold(OpenApiRouter::new(), OpenApiRouter::routes).split_for_parts().0
    }
}

fn behind(rule: Rule, path: &str, site: &Site, handler: MethodRouter<Site>) -> MethodRouter<Site> {
    let guard = Guard { site: site.clone(), rule, below: Below::of_path(path) };
    handler.route_layer(middleware::from_fn_with_state(guard, policy::enforce))
}

fn methods(item: &PathItem) -> Vec<Method> {
    let all = [
        (&item.get, Method::GET),
        (&item.post, Method::POST),
        (&item.put, Method::PUT),
        (&item.patch, Method::PATCH),
        (&item.delete, Method::DELETE),
    ];
    all.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, method)| method).collect()
}

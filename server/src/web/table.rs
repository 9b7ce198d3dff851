//! What the route table is made of. Promises:
//!
//! 1. No route without a policy: nothing else makes routes (`tests/authorisation.rs` looks for it), and each row here
//!    takes one.
//! 2. What the table says can be read ([`Declared`]), so that a test can ask the server whether it is so.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodRouter, get, post};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::policy::{self, Guard, Policy};
use super::{Site, live};
use crate::model::api_key::Scope;

/// What the table says of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub method: Method,
    /// With the names of its parameters: `/hosts/{id}`.
    pub path: String,
    pub policy: Policy,
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
pub(super) struct Endpoints(Vec<(Scope, UtoipaMethodRouter<Site>)>);

impl Table {
    pub(super) fn get<H, T>(self, policy: Policy, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.row(Declared { method: Method::GET, path: path.to_owned(), policy }, get(handler))
    }

    pub(super) fn post<H, T>(self, policy: Policy, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.row(Declared { method: Method::POST, path: path.to_owned(), policy }, post(handler))
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
            router.route(&declared.path, behind(declared.policy, site, handler))
        })
    }
}

impl Endpoints {
    pub(super) fn allow(mut self, scope: Scope, routes: UtoipaMethodRouter<Site>) -> Self {
        self.0.push((scope, routes));
        self
    }

    pub(super) fn declared(self) -> Vec<Declared> {
        let of_one = |(scope, (_, paths, _)): (Scope, UtoipaMethodRouter<Site>)| {
            paths.paths.into_iter().flat_map(move |(path, item)| {
                let policy = Policy::Api(scope);
                methods(&item).into_iter().map(move |method| Declared { method, path: path.clone(), policy })
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
        let routes = self
            .0
            .into_iter()
            .map(|(scope, (schemas, paths, handler))| (schemas, paths, behind(Policy::Api(scope), site, handler)));
        routes.fold(OpenApiRouter::new(), OpenApiRouter::routes).split_for_parts().0
    }
}

fn behind(policy: Policy, site: &Site, handler: MethodRouter<Site>) -> MethodRouter<Site> {
    let guard = Guard { site: site.clone(), policy };
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

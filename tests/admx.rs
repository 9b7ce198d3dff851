//! The policy templates against the rules of their format, as Microsoft documents them (ADMX syntax: elements, their order, attributes,
//! and which control shows which kind of value). The editor itself is on Windows only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

#[derive(Debug, Default, Clone)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().map(Result::unwrap);
        let attributes = attributes.map(|a| (a.key.as_ref().to_owned(), a.value.clone().into_owned()));
        Self { name: start.name().as_ref().to_owned(), attributes: attributes.collect(), children: Vec::new() }
    }

    fn parse(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => open.push(Self::of(&start)),
                Event::Empty(start) => open.last_mut().unwrap().children.push(Self::of(&start)),
                Event::End(_) => {
                    let closed = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(closed);
                }
                Event::Eof => return open.pop().unwrap().children.remove(0),
                _ => {}
            }
        }
    }

    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn all(&self, name: &str) -> Vec<&Self> {
        let own = self.children.iter().filter(|child| child.name == name);
        own.chain(self.children.iter().flat_map(|child| child.all(name))).collect()
    }
}

/// What an element may have: attributes that it must and may have, and its children in their order (name, least, most).
struct Rule {
    path: &'static str,
    must: &'static [&'static str],
    may: &'static [&'static str],
    children: &'static [(&'static str, usize, usize)],
}

const MANY: usize = usize::MAX;
const NAMESPACES: [&str; 3] = ["xmlns", "xmlns:xsd", "xmlns:xsi"];

const fn rule(
    path: &'static str,
    must: &'static [&'static str],
    may: &'static [&'static str],
    children: &'static [(&'static str, usize, usize)],
) -> Rule {
    Rule { path, must, may, children }
}

/// By the parent's and the element's own name: `supportedOn` is two things.
const RULES: &[Rule] = &[
    rule(
        "/policyDefinitions",
        &["revision", "schemaVersion"],
        &NAMESPACES,
        &[
            ("policyNamespaces", 1, 1),
            ("resources", 1, 1),
            ("supportedOn", 0, 1),
            ("categories", 0, 1),
            ("policies", 0, 1),
        ],
    ),
    rule("policyDefinitions/policyNamespaces", &[], &[], &[("target", 1, 1), ("using", 0, MANY)]),
    rule("policyNamespaces/target", &["prefix", "namespace"], &[], &[]),
    rule("policyNamespaces/using", &["prefix", "namespace"], &[], &[]),
    rule("policyDefinitions/resources", &["minRequiredRevision"], &["fallbackCulture"], &[]),
    rule("policyDefinitions/supportedOn", &[], &[], &[("products", 0, 1), ("definitions", 0, 1)]),
    rule("supportedOn/definitions", &[], &[], &[("definition", 1, MANY)]),
    rule("definitions/definition", &["name", "displayName"], &[], &[]),
    rule("policyDefinitions/categories", &[], &[], &[("category", 1, MANY)]),
    rule("categories/category", &["name", "displayName"], &["explainText"], &[("parentCategory", 0, 1)]),
    rule("category/parentCategory", &["ref"], &[], &[]),
    rule("policyDefinitions/policies", &[], &[], &[("policy", 1, MANY)]),
    rule(
        "policies/policy",
        &["name", "class", "displayName", "key"],
        &["explainText", "presentation", "valueName"],
        &[
            ("parentCategory", 1, 1),
            ("supportedOn", 1, 1),
            ("enabledValue", 0, 1),
            ("disabledValue", 0, 1),
            ("elements", 0, 1),
        ],
    ),
    rule("policy/parentCategory", &["ref"], &[], &[]),
    rule("policy/supportedOn", &["ref"], &[], &[]),
    rule("policy/elements", &[], &[], &[("text", 0, MANY), ("decimal", 0, MANY)]),
    rule("elements/text", &["id", "valueName"], &["key", "required", "maxLength", "expandable", "soft"], &[]),
    rule(
        "elements/decimal",
        &["id", "valueName"],
        &["key", "required", "minValue", "maxValue", "storeAsText", "soft"],
        &[],
    ),
    rule(
        "/policyDefinitionResources",
        &["revision", "schemaVersion"],
        &NAMESPACES,
        &[("displayName", 1, 1), ("description", 1, 1), ("resources", 1, 1)],
    ),
    rule("policyDefinitionResources/displayName", &[], &[], &[]),
    rule("policyDefinitionResources/description", &[], &[], &[]),
    rule("policyDefinitionResources/resources", &[], &[], &[("stringTable", 0, 1), ("presentationTable", 0, 1)]),
    rule("resources/stringTable", &[], &[], &[("string", 1, MANY)]),
    rule("stringTable/string", &["id"], &[], &[]),
    rule("resources/presentationTable", &[], &[], &[("presentation", 1, MANY)]),
    rule("presentationTable/presentation", &["id"], &[], &[("decimalTextBox", 0, MANY), ("textBox", 0, MANY)]),
    rule("presentation/decimalTextBox", &["refId"], &["defaultValue", "spin", "spinStep"], &[]),
    rule("presentation/textBox", &["refId"], &[], &[("label", 1, 1), ("defaultValue", 0, 1)]),
    rule("textBox/label", &[], &[], &[]),
    rule("textBox/defaultValue", &[], &[], &[]),
];

/// What the format does not allow, element by element.
fn faults(element: &Element, parent: &str, found: &mut Vec<String>) {
    let path = format!("{parent}/{}", element.name);
    let Some(rule) = RULES.iter().find(|rule| rule.path == path) else {
        found.push(format!("{path} is no element of the format"));
        return;
    };
    for must in rule.must.iter().filter(|must| !element.attributes.contains_key(**must)) {
        found.push(format!("{path} has no {must}"));
    }
    let known = |name: &&String| rule.must.contains(&name.as_str()) || rule.may.contains(&name.as_str());
    found.extend(element.attributes.keys().filter(|name| !known(name)).map(|name| format!("{path} has a {name}")));
    let mut left = &element.children[..];
    for (name, least, most) in rule.children {
        let count = left.iter().take_while(|child| child.name == *name).count();
        if count < *least || count > *most {
            found.push(format!("{path} has {count} {name}"));
        }
        left = &left[count..];
    }
    found.extend(left.first().map(|child| format!("{path}: {} is not at its place", child.name)));
    element.children.iter().for_each(|child| faults(child, &element.name, found));
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("agent/gpo/admx")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).unwrap()
}

fn faults_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    faults(&Element::parse(text), "", &mut found);
    found
}

#[test]
fn templates_and_texts_have_the_elements_of_their_format_in_their_order() {
    for path in ["highwater-agent.admx", "en-US/highwater-agent.adml", "fr-FR/highwater-agent.adml"] {
        let text = read(path);
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{path}");
        assert_eq!(faults_of(&text), [] as [String; 0], "{path}");
    }
    let text = read("highwater-agent.admx");
    for (good, bad) in [
        ("class=\"Machine\" ", ""),
        ("<elements>", "<elements><slider id=\"a\" valueName=\"b\" />"),
        ("<supportedOn ref=\"Agent\" />", ""),
        ("maxLength=\"2048\"", "longest=\"2048\""),
    ] {
        assert!(!faults_of(&text.replacen(good, bad, 1)).is_empty(), "{good} → {bad} is not noticed");
    }
}

#[test]
fn every_policy_can_be_shown_and_holds_what_its_controls_say() {
    let policies = Element::parse(&read("highwater-agent.admx"));
    let names = |of: &str| policies.all(of).iter().map(|e| e.get("name").to_owned()).collect::<BTreeSet<_>>();
    let (categories, definitions) = (names("category"), names("definition"));
    let mut ids = BTreeSet::new();
    for policy in policies.all("policy") {
        assert_eq!(policy.get("class"), "Machine", "{}: the agent is of the computer", policy.get("name"));
        assert!(policy.get("key").starts_with(r"SOFTWARE\Policies\"), "not tattooed: {}", policy.get("key"));
        assert!(
            categories.contains(policy.children[0].get("ref")) && definitions.contains(policy.children[1].get("ref"))
        );
        let presentation = policy.get("presentation").trim_start_matches("$(presentation.").trim_end_matches(')');
        for language in ["en-US", "fr-FR"] {
            let texts = Element::parse(&read(&format!("{language}/highwater-agent.adml")));
            let shown = texts.all("presentation").into_iter().find(|p| p.get("id") == presentation).cloned().unwrap();
            let elements = &policy.children.last().unwrap().children;
            assert_eq!(elements.len(), shown.children.len(), "{language} {presentation}");
            elements.iter().for_each(|element| fits(element, &shown));
        }
        ids.extend(policy.all("text").into_iter().chain(policy.all("decimal")).map(|e| e.get("id").to_owned()));
    }
    assert_eq!(ids.len(), policies.all("text").len() + policies.all("decimal").len(), "ids are used once");
}

/// A value is shown by the control of its kind, which begins with what the value may be.
fn fits(element: &Element, shown: &Element) {
    let id = element.get("id");
    let control = shown.children.iter().find(|control| control.get("refId") == id).unwrap_or_else(|| panic!("{id}"));
    let wanted = if element.name == "decimal" { "decimalTextBox" } else { "textBox" };
    assert_eq!(control.name, wanted, "{id}");
    if element.name == "decimal" {
        // Without bounds the editor takes 0 to 9999.
        let bound = |name, otherwise| element.attributes.get(name).map_or(otherwise, |n| n.parse::<u32>().unwrap());
        let (least, most) = (bound("minValue", 0), bound("maxValue", 9_999));
        let first: u32 = control.get("defaultValue").parse().unwrap();
        assert!((least..=most).contains(&first), "{id}: {first} is not within {least} to {most}");
    }
}

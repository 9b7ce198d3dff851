//! What is packed for Windows administrators beside the program: policy templates and scripts.

use std::path::Path;

#[test]
fn the_policy_templates_say_what_the_agent_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("agent/gpo/admx");
    let policies = std::fs::read_to_string(folder.join("highwater-agent.admx")).unwrap();
    let named: Vec<_> = policies.split("valueName=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let read = std::fs::read_to_string(folder.join("../../src/config/registry.rs")).unwrap();
    assert!(named.len() > 10);
    for name in named {
        assert!(read.contains(&format!("(\"{name}\", ")), "the agent does not read {name}");
    }
    for language in ["en-US", "fr-FR"] {
        let texts = std::fs::read_to_string(folder.join(language).join("highwater-agent.adml")).unwrap();
        let references = policies.split("$(").skip(1).map(|rest| rest.split(')').next().unwrap());
        for reference in references {
            let (kind, id) = reference.split_once('.').unwrap();
            assert!(texts.contains(&format!("<{kind} id=\"{id}\"")), "{language} has no {reference}");
        }
        for element in policies.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(texts.contains(&format!("refId=\"{element}\"")), "{language} shows no {element}");
        }
    }
}

/// Where a text is no PowerShell, by its grammar.
pub(crate) fn fault(text: &str) -> Option<String> {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut nodes = vec![tree.root_node()];
    while let Some(node) = nodes.pop() {
        if node.is_error() || node.is_missing() {
            return Some(format!("line {}: {}", node.start_position().row + 1, node.kind()));
        }
        nodes.extend((0..node.child_count()).filter_map(|i| node.child(i)));
    }
    None
}

#[test]
fn the_powershell_scripts_are_powershell() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("agent/gpo");
    let scripts: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "ps1"))
        .collect();
    assert_eq!(scripts.len(), 4);
    for script in scripts {
        let text = std::fs::read_to_string(&script).unwrap();
        assert_eq!(fault(&text), None, "{}", script.display());
        let half = &text[..text.rfind('}').unwrap()];
        assert!(fault(half).is_some(), "{}: the end of a block is missing, and nobody minds", script.display());
    }
}

#[test]
fn the_commands_of_findings_are_powershell() {
    let commands = highwater::findings::RULES.iter().filter(|rule| !rule.command.is_empty());
    for rule in commands {
        assert_eq!(fault(rule.command), None, "{}: {}", rule.id, rule.command);
    }
    assert!(fault("Get-Something | Where-Object {").is_some());
}

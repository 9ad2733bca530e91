package polity

facts := input.service.facts

deny contains finding if {
	some i, one in facts.owns.replicated
	some lack in lacks(one)
	finding := {
		"message": sprintf("replicated data `%s` %s", [one.data, lack]),
		"path": "polity.yaml",
		"at": ["owns", "replicated", i],
		"label": "several replicas write this",
		"help": lacking[lack],
	}
}

lacking := {
	"does not say how it is merged": "name the rule, such as `merge: or-set`, `pn-counter` or `lww-register`",
	"has no test of convergence": "name the test that applies the same writes in several orders and compares: `test: tests/carts_converge.rs`",
}

lacks(one) := {what |
	some key, what in {"merge": "does not say how it is merged", "test": "has no test of convergence"}
	not is_string(object.get(one, key, null))
}

deny contains finding if {
	some i, one in facts.owns.replicated
	is_string(one.test)
	reason := fault(one.test)
	finding := {
		"message": sprintf("test `%s` does not show that `%s` converges", [one.test, one.data]),
		"path": "polity.yaml",
		"at": ["owns", "replicated", i, "test"],
		"label": reason,
		"help": "apply the same writes in different orders, some twice, and assert that all replicas end equal; best with generated writes",
	}
}

fault(test) := "there is no such file" if {
	not repo.exists(test)
} else := "the file merges nothing" if {
	count(repo.matches(test, `(?i)merge|converg|commut|reconcil|apply|join|sync`)) == 0
} else := "the file compares nothing" if {
	count(repo.matches(test, `(?i)assert|expect|should|require\.|check\(|verify|==`)) == 0
}

not_applicable contains "no data is replicated" if count(object.get(facts, ["owns", "replicated"], [])) == 0

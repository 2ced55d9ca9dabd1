from portal.documents.canonical import printed_digest


def test_sixteen_capital_digits_are_printed():
    assert printed_digest("ab" * 32) == "ABABABABABABABAB"

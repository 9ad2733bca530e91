def test_counter():
    pass

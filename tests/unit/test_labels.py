import pytest

from ecgi.reporting.labels import spelled


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("activation_cvae", "activation CVAE"),
        ("snr_10_db", "SNR 10 dB"),
        ("tikhonov", "Tikhonov"),
        ("lifted_refined", "lifted refined"),
    ],
)
def test_abbreviations_and_names_of_people_are_written_as_the_field_does(name, words):
    assert spelled(name) == words

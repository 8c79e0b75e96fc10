"""Every kind of broken image is dropped for its reason, and no sound one is lost."""

import random
from io import BytesIO

import numpy as np
import pytest
import simplejpeg
from hypothesis import assume, given
from hypothesis import strategies as st
from image_files import (
    DROPPED,
    END,
    HEIGHT,
    MILD,
    SOUND,
    WIDTH,
    decoded_by_tensorflow,
    described,
    encoded,
    in_scan,
    inserted,
    jpeg,
    place,
    scene,
)
from PIL import Image

from study.data.image_check import MAX_PIXELS, NOTES, REASONS, check_image, decode, pixels_key
from study.data.jpeg import layout

ONE = jpeg()
DATA = place(ONE, 0xDA) + 14  # where the scan's data begin
KINDS = {**SOUND, **{kind: make for kind, (make, _) in (MILD | DROPPED).items()}}


def test_there_are_thirty_kinds_of_broken_images():
    assert len(DROPPED) >= 30
    assert {reason for _, reason in DROPPED.values()} == set(REASONS) - {"unreadable_name", "not_a_picture_of_a_class"}
    assert {word for _, note in MILD.values() for word in note.split()} == set(NOTES)


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_image_is_kept(kind):
    data = SOUND[kind]()
    checked = check_image(data)
    height, width, _ = decode(data).shape
    assert (checked.reason, checked.note) == (None, None)
    assert (checked.format, checked.width, checked.height) == ("JPEG", width, height)
    assert checked.mode == ("L" if kind == "grayscale" else "RGB")


@pytest.mark.parametrize("kind", MILD)
def test_a_mild_defect_is_kept_and_noted(kind):
    make, note = MILD[kind]
    checked = check_image(make())
    assert (checked.reason, checked.note) == (None, note)
    assert decode(make()).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("kind", DROPPED)
def test_a_broken_image_is_dropped_for_its_reason(kind):
    make, reason = DROPPED[kind]
    checked = check_image(make())
    assert checked.reason == reason
    assert checked.pixels_key is None


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WebP", "TIFF", "AVIF"])
def test_another_format_is_named(kind):
    checked = check_image(DROPPED[kind][0]())
    assert (checked.format, checked.width, checked.height) == (kind.upper(), WIDTH, HEIGHT)


def test_a_mildly_damaged_image_has_the_pixels_of_the_undamaged_one():
    whole = decode(ONE)
    for kind in set(MILD) - {"stray bytes behind a scan", "values beyond all bounds"}:
        np.testing.assert_array_equal(decode(MILD[kind][0]()), whole)


# Laws


@pytest.mark.parametrize("whole", [jpeg(), jpeg(progressive=True)], ids=["baseline", "progressive"])
def test_an_image_that_is_cut_off_anywhere_is_dropped_for_that(whole):
    lengths = range(3, len(whole) - 2)
    assert {check_image(whole[:length]).reason for length in lengths} == {"cut_off"}
    assert {check_image(whole[:length] + END).reason for length in lengths} == {"cut_off", "corrupt"}


@given(st.binary(min_size=1, max_size=200))
def test_whatever_follows_the_end_changes_nothing(more):
    checked = check_image(ONE + more)
    assert (checked.reason, checked.note) == (None, "trailing_bytes")
    assert checked.pixels_key == pixels_key(simplejpeg.decode_jpeg(ONE, "GRAY", fastdct=True))


@given(st.binary(min_size=1, max_size=(len(ONE) - DATA) // 5))
def test_bytes_between_segments_change_nothing(stray):
    stray = stray.replace(b"\xff", b"\xfe")
    checked = check_image(inserted(ONE, place(ONE, 0xC0), stray))
    assert (checked.reason, checked.note) == (None, "extraneous_bytes")
    np.testing.assert_array_equal(decode(inserted(ONE, place(ONE, 0xC0), stray)), decode(ONE))


def stray(chance):
    """Bytes as a scan may hold, to a fifth of the smallest image's."""
    return chance.randbytes(chance.randint(5, 100)).replace(b"\xff", b"\xff\0")


def test_of_images_that_bytes_in_them_displace_hardly_one_in_a_hundred_is_kept():
    chance, kept = random.Random(1), 0
    for seed in range(300):
        whole = encoded(scene(seed, 128, 128))
        damaged = inserted(whole, in_scan(chance.uniform(0.1, 0.9), whole), stray(chance))
        kept += check_image(damaged).note == "extraneous_bytes"
    assert kept <= 3


def test_of_sound_images_with_bytes_behind_them_hardly_one_in_a_hundred_is_lost():
    chance, lost = random.Random(1), 0
    for seed in range(300):
        whole = encoded(scene(seed, 128, 128))
        checked = check_image(inserted(whole, in_scan(1, whole), stray(chance)))
        assert checked.pixels_key in {check_image(whole).pixels_key, None}
        lost += checked.pixels_key is None
    assert lost <= 3


@given(st.sampled_from(sorted(SOUND)), st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), max_size=5))
def test_no_flipped_bits_crash_the_judge(kind, flips):
    data = bytearray(SOUND[kind]())
    for at, bits in flips:
        data[at % len(data)] ^= bits
    checked = check_image(bytes(data))
    assert checked.reason is None or checked.reason in REASONS
    if checked.reason is None:
        assert decode(bytes(data)).shape == (checked.height, checked.width, 3)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
)
def test_no_bytes_crash_the_judge(data, start):
    assert check_image(start + data).reason in REASONS


@given(st.integers(4, 40), st.integers(4, 40), st.booleans())
def test_the_judge_knows_the_size(height, width, progressive):
    checked = check_image(encoded(scene(1, height, width), progressive=progressive))
    assert (checked.height, checked.width, checked.reason) == (height, width, None)


def test_the_key_tells_images_apart_and_shapes_too():
    assert len({check_image(jpeg(seed)).pixels_key for seed in range(9)}) == 9
    square = np.zeros((8, 8, 1), np.uint8)
    assert pixels_key(square) != pixels_key(square.reshape(4, 16, 1))


def complaint(data, colours):
    try:
        simplejpeg.decode_jpeg(data, colours, fastdct=True)
    except ValueError as error:
        return str(error)
    return None


@given(st.sampled_from(sorted(SOUND)), st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), max_size=5))
def test_the_decoder_complains_of_the_same_whether_it_makes_colours_or_not(kind, flips):
    data = bytearray(SOUND[kind]())
    for at, bits in flips:
        data[at % len(data)] ^= bits
    frame = layout(bytes(data)).frame
    assume(frame is None or frame.height * frame.width <= MAX_PIXELS)
    assert complaint(bytes(data), "GRAY") == complaint(bytes(data), "RGB")


@pytest.mark.parametrize("kind", KINDS)
def test_the_decoder_complains_of_each_kind_whether_it_makes_colours_or_not(kind):
    data = KINDS[kind]()
    assert complaint(data, "GRAY") == complaint(data, "RGB")


# TensorFlow


@pytest.fixture(scope="module")
def tensorflow(tmp_path_factory):
    """What TensorFlow's own decoder gives of every kind of image: shape and hash of the pixels, or None."""
    folder = tmp_path_factory.mktemp("images")
    numbered = dict(enumerate(KINDS))
    for number, kind in numbered.items():
        (folder / str(number)).write_bytes(KINDS[kind]())
    told = decoded_by_tensorflow(folder)
    return {kind: told[str(number)] for number, kind in numbered.items()}


@pytest.mark.parametrize("kind", [*SOUND, *(kind for kind in MILD if kind != "no end")])
def test_a_kept_image_has_the_pixels_that_tensorflow_decodes(tensorflow, kind):
    make = SOUND[kind] if kind in SOUND else MILD[kind][0]
    assert described(decode(make())) == tensorflow[kind]


def test_other_decoders_give_other_pixels(tensorflow):
    accurate = simplejpeg.decode_jpeg(SOUND["worst quality"](), "RGB", fastdct=False)
    pillow = np.asarray(Image.open(BytesIO(jpeg())).convert("RGB"))
    assert described(accurate) != tensorflow["worst quality"]
    assert described(pillow) != tensorflow["baseline"]


def test_an_image_that_lacks_only_its_end_is_whole_though_tensorflow_refuses_it(tensorflow):
    assert tensorflow["no end"] is None
    assert described(decode(MILD["no end"][0]())) == tensorflow["baseline"]


@pytest.mark.parametrize("kind", [kind for kind, (_, reason) in DROPPED.items() if reason == "unsupported"])
def test_what_is_called_unsupported_tensorflow_does_not_decode(tensorflow, kind):
    assert tensorflow[kind] is None


@pytest.mark.parametrize("kind", ["CMYK", "YCCK"])
def test_of_other_colours_each_decoder_makes_its_own(tensorflow, kind):
    data = DROPPED[kind][0]()
    pillow = np.asarray(Image.open(BytesIO(data)).convert("RGB"))
    assert tensorflow[kind] is not None
    assert len({str(tensorflow[kind]), str(described(decode(data))), str(described(pillow))}) == 3

from dataclasses import replace

import numpy as np

from hourglass.data.imageset import ImageSet
from hourglass.evaluation.context import Context


def test_examples_are_the_first_test_image_of_each_class(context: Context) -> None:
    shown = context.examples()
    np.testing.assert_array_equal(shown.labels, np.arange(10))
    first = [np.flatnonzero(context.test.labels == number)[0] for number in range(10)]
    np.testing.assert_array_equal(shown[:], context.test[np.array(first)])


def test_class_cycle_repeats_the_classes_that_occur(context: Context) -> None:
    test = ImageSet(np.zeros((5, 1, 2, 2), np.uint8), np.array([7, 2, 2, 5, 7]))
    np.testing.assert_array_equal(replace(context, test=test).class_cycle(7), [2, 5, 7, 2, 5, 7, 2])

package io.maas.training.layer;

import io.maas.tensor.Shape;
import java.util.random.RandomGenerator;

/**
 * Mean 0 and variance {@code scale / fan}.
 *
 * @param fanIn 0 to take it from the shape, as {@link Initializer} says
 * @param fanOut 0 to take it from the shape
 */
record VarianceScaling(double scale, Fan fan, Distribution distribution, double fanIn, double fanOut)
        implements Initializer {
    enum Fan {
        IN,
        /** The mean of both. */
        MEAN
    }

    enum Distribution {
        UNIFORM,
        NORMAL
    }

    static VarianceScaling of(double scale, Fan fan, Distribution distribution) {
        return new VarianceScaling(scale, fan, distribution, 0, 0);
    }

    @Override
    public Initializer withFans(double in, double out) {
        return new VarianceScaling(scale, fan, distribution, in, out);
    }

    @Override
    public double[] values(Shape shape, RandomGenerator random) {
        double variance = scale / fan(shape);
        if (distribution == Distribution.NORMAL) {
            double deviation = Math.sqrt(variance);
            return Draws.filled(shape, () -> deviation * Draws.gaussian(random));
        }
        double bound = Math.sqrt(3 * variance);
        return Draws.filled(shape, () -> bound * (2 * Draws.unit(random) - 1));
    }

    private double fan(Shape shape) {
        double out = fanOut > 0 ? fanOut : shape.rank() == 0 ? 1 : Math.max(1, shape.size(-1));
        double in = fanIn > 0 ? fanIn : Math.max(1, shape.elements() / out);
        return fan == Fan.IN ? in : (in + out) / 2;
    }
}

package io.maas.training.layer;

import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/** Random numbers that are the same on every Java, which a generator's own methods do not promise. */
final class Draws {
    /** The standard deviation of a standard normal that is cut at ±2: {@code √(1 - 4φ(2) / (2Φ(2) - 1))}. */
    private static final double CUT_DEVIATION = 0.8796256610342398;

    private Draws() {}

    /** Uniform over [0, 1), from the upper 53 bits. */
    static double unit(RandomGenerator random) {
        return (random.nextLong() >>> 11) * 0x1p-53;
    }

    /** Box and Muller, A note on the generation of random normal deviates (1958); 1 - u keeps the logarithm finite. */
    static double gaussian(RandomGenerator random) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(random)));
        return radius * StrictMath.cos(2 * Math.PI * unit(random));
    }

    /** A normal that is cut at two of its deviations, scaled so that its variance is 1 again. */
    static double cutGaussian(RandomGenerator random) {
        double drawn = gaussian(random);
        while (Math.abs(drawn) > 2) {
            drawn = gaussian(random);
        }
        return drawn / CUT_DEVIATION;
    }

    static double[] filled(Shape shape, DoubleSupplier next) {
        double[] values = new double[Math.toIntExact(shape.elements())];
        Arrays.setAll(values, i -> next.getAsDouble());
        return values;
    }
}

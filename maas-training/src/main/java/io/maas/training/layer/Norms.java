package io.maas.training.layer;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.Shape;
import java.util.List;
import java.util.Map;

/** Layers that bring values to a mean and a spread, and then to those that are learned. */
final class Norms {
    private Norms() {}

    /** One scale and one bias for each channel; the channels are axis 1. */
    private static long channels(Scope scope, Value input) {
        if (input.rank() < 2 || input.shape().size(1) == Shape.VARIABLE) {
            throw scope.mismatch(
                    input,
                    "[batch, channels, …]",
                    "the number of channels has to be known; give the layer before it a size");
        }
        return input.shape().size(1);
    }

    /** Statistics of each channel over the batch, and running ones for inference. */
    record Batch(double momentum, double epsilon) implements Layer {
        @Override
        public String name() {
            return "batchNorm";
        }

        @Override
        public Value apply(Scope scope, Value input) {
            GraphBuilder b = scope.graph();
            long channels = channels(scope, input);
            Value[] inputs = {
                input,
                scope.parameter("scale", Initializer.ones(), channels),
                scope.parameter("bias", Initializer.zeros(), channels),
                scope.buffer("mean", Initializer.zeros(), channels),
                scope.buffer("variance", Initializer.ones(), channels)
            };
            if (!scope.training()) {
                return b.node(Op.BATCH_NORMALIZATION, Attributes.of("epsilon", epsilon), inputs);
            }
            Attributes attributes =
                    Attributes.copyOf(Map.of("epsilon", epsilon, "momentum", momentum, "training_mode", 1));
            List<Value> made = b.nodes(Op.BATCH_NORMALIZATION, attributes, 3, inputs);
            scope.update("mean", made.get(1));
            scope.update("variance", made.get(2));
            return made.get(0);
        }
    }

    /** Statistics of each row of channels, cut into groups. */
    record Group(int groups, double epsilon) implements Layer {
        @Override
        public String name() {
            return "groupNorm";
        }

        @Override
        public Value apply(Scope scope, Value input) {
            long channels = channels(scope, input);
            if (channels % groups != 0 || input.rank() < 3) {
                throw scope.mismatch(
                        input,
                        "[batch, a multiple of " + groups + ", size…]",
                        "choose a number of groups that divides the channels");
            }
            return scope.graph()
                    .node(
                            Op.GROUP_NORMALIZATION,
                            Attributes.of("epsilon", epsilon, "num_groups", groups),
                            input,
                            scope.parameter("scale", Initializer.ones(), channels),
                            scope.parameter("bias", Initializer.zeros(), channels));
        }
    }

    /** Statistics over the last axis; with the root of the mean square alone, or with mean and variance. */
    record Last(boolean centred, double epsilon) implements Layer {
        @Override
        public String name() {
            return centred ? "layerNorm" : "rmsNorm";
        }

        @Override
        public Value apply(Scope scope, Value input) {
            if (input.rank() < 2 || input.shape().size(-1) == Shape.VARIABLE) {
                throw scope.mismatch(
                        input, "[batch, …, size]", "the last size has to be known; give the layer before it a size");
            }
            long size = input.shape().size(-1);
            Value scale = scope.parameter("scale", Initializer.ones(), size);
            if (centred) {
                Value bias = scope.parameter("bias", Initializer.zeros(), size);
                Attributes attributes = Attributes.of("epsilon", epsilon);
                return scope.graph().node(Op.LAYER_NORMALIZATION, attributes, input, scale, bias);
            }
            return rms(scope.graph(), input, scale);
        }

        /** Written out: the operator of its own is of opset 23, and older engines are to run what is exported. */
        private Value rms(GraphBuilder b, Value input, Value scale) {
            Value square = b.reduceMean(b.mul(input, input), true, -1);
            return b.mul(b.div(input, b.sqrt(b.add(square, b.scalar(epsilon, square)))), scale);
        }
    }
}

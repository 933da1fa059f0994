package io.maas.api.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.maas.api.wire.BinaryTensors;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A body that is nothing but the values of a model's only input: one row, whose shape is found out from its length. */
final class RawRequest {
    private RawRequest() {}

    static Tensors inputs(Signature signature, byte[] body) {
        if (signature.inputs().size() != 1) {
            throw unfit("has " + signature.inputs().size() + " inputs", "one");
        }
        TensorSpec input = signature.inputs().get(0);
        Tensor tensor = input.dataType() == DataType.STRING
                ? text(input, body)
                : BinaryTensors.decode(
                        "input " + Require.quote(input.name()),
                        input.dataType(),
                        shape(input, signature.isStackable(), body.length),
                        ByteBuffer.wrap(body));
        return Tensors.of(input.name(), tensor);
    }

    /** The body is the text, without its length before it. */
    private static Tensor text(TensorSpec input, byte[] body) {
        Shape shape = fixed(input);
        long[] ones = new long[shape.rank()];
        Arrays.fill(ones, 1);
        Shape one = Shape.of(ones);
        if (!shape.accepts(one)) {
            throw unfit("takes texts of shape " + shape, "one text");
        }
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
            return Tensor.of(new String[] {text}).reshape(one);
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("body is not UTF-8 (expected: the text of the model's input)", e);
        }
    }

    private static Shape shape(TensorSpec input, boolean batches, int size) {
        Shape shape = fixed(input);
        long[] sizes = shape.toArray();
        if (batches) {
            sizes[0] = 1;
        }
        int free = -1;
        long known = input.dataType().byteSize();
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] != Shape.VARIABLE) {
                known = Math.multiplyExact(known, sizes[i]);
            } else if (free >= 0) {
                throw unfit("takes an input of shape " + shape, "at most one size that varies, beside the number of rows");
            } else {
                free = i;
            }
        }
        if (free >= 0) {
            sizes[free] = known == 0 ? 0 : size / known;
        }
        return Shape.of(sizes);
    }

    private static Shape fixed(TensorSpec input) {
        @Nullable Shape shape = input.shape();
        if (shape == null) {
            throw unfit("takes an input of any shape", "one shape");
        }
        return shape;
    }

    private static InvalidInputException unfit(String what, String expected) {
        return new InvalidInputException("model " + what + ", so it cannot be sent raw (expected: " + expected
                + "); send a JSON document before the values");
    }
}

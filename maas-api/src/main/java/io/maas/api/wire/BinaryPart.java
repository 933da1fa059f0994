package io.maas.api.wire;

import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The binary data of one tensor of a group.
 *
 * @param index which one of the group
 */
record BinaryPart(int index, ByteBuffer data) {
    /** Those of a group that are to be binary and can be. */
    static List<BinaryPart> of(Tensors tensors, Predicate<String> binary) {
        List<BinaryPart> parts = new ArrayList<>();
        for (int i = 0; i < tensors.size(); i++) {
            Tensors.Entry entry = tensors.entry(i);
            ByteBuffer data = binary.test(entry.name()) ? BinaryTensors.encode(entry.tensor()) : null;
            if (data != null) {
                parts.add(new BinaryPart(i, data));
            }
        }
        return parts;
    }

    /** That of a tensor of the group, null if it has none. */
    static @Nullable BinaryPart find(List<BinaryPart> parts, int index) {
        for (BinaryPart part : parts) {
            if (part.index == index) {
                return part;
            }
        }
        return null;
    }

    /** The document with the data behind it. */
    static Message message(byte[] document, List<BinaryPart> parts) {
        if (parts.isEmpty()) {
            return Message.json(document);
        }
        int size = document.length;
        for (BinaryPart part : parts) {
            size = Math.addExact(size, part.data.remaining());
        }
        byte[] all = Arrays.copyOf(document, size);
        int at = document.length;
        for (BinaryPart part : parts) {
            int length = part.data.remaining();
            part.data.get(part.data.position(), all, at, length);
            at += length;
        }
        return new Message(all, document.length);
    }
}

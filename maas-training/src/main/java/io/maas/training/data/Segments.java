package io.maas.training.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Memory addressed by 64-bit positions, in pieces that a buffer can hold.
 *
 * <p>Immutable and thread-safe.
 *
 * @param starts the position of each piece, ascending
 * @param pieces the pieces; what is asked for never lies across two
 */
record Segments(long[] starts, ByteBuffer[] pieces) {
    Segments {
        for (ByteBuffer piece : pieces) {
            piece.order(ByteOrder.nativeOrder());
        }
    }

    /** The bytes {@code [position, position + size)}, in native order. */
    ByteBuffer slice(long position, int size) {
        int piece = piece(position);
        return pieces[piece]
                .slice(Math.toIntExact(position - starts[piece]), size)
                .order(ByteOrder.nativeOrder());
    }

    /** The eight bytes from {@code position} on, in native order. */
    long longAt(long position) {
        int piece = piece(position);
        return pieces[piece].getLong(Math.toIntExact(position - starts[piece]));
    }

    private int piece(long position) {
        if (starts.length == 1) {
            return 0;
        }
        int found = Arrays.binarySearch(starts, position);
        return found >= 0 ? found : -found - 2;
    }
}

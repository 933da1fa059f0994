package io.maas.training.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Memory addressed by 64-bit positions, in pieces that a buffer can hold.
 *
 * <p>Immutable and thread-safe.
 */
final class Segments {
    private final long[] starts;
    private final ByteBuffer[] pieces;

    /**
     * @param starts the position of each piece, ascending
     * @param pieces the pieces; what is asked for never lies across two
     */
    Segments(List<Long> starts, List<ByteBuffer> pieces) {
        this.starts = starts.stream().mapToLong(start -> start).toArray();
        this.pieces = pieces.stream()
                .map(piece -> piece.slice().order(ByteOrder.nativeOrder()))
                .toArray(ByteBuffer[]::new);
    }

    /** CRC-32C of all bytes. */
    long sum() {
        CRC32C sum = new CRC32C();
        for (ByteBuffer piece : pieces) {
            sum.update(piece.duplicate());
        }
        return sum.getValue();
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

package io.maas.training.data;

import java.util.Arrays;

/**
 * Different hashes of rows, as many as there is room for: all, or of too many those that begin with some zeros. Hashes being
 * evenly spread, those are an even sample, and for another set of rows the same ones.
 */
final class RowSample {
    private final long[] hashes;
    private int size;
    private int zeros;

    RowSample(int room) {
        this.hashes = new long[room];
    }

    /** With how many zero bits the hashes begin; of all rows one in {@code 2^zeros} was looked at. */
    int zeros() {
        return zeros;
    }

    int size() {
        return size;
    }

    void add(long hash) {
        if (takes(hash) && size == hashes.length) {
            makeRoom();
        }
        if (takes(hash)) {
            hashes[size++] = hash;
        }
    }

    private boolean takes(long hash) {
        return zeros == 0 || hash >>> (Long.SIZE - zeros) == 0;
    }

    private void makeRoom() {
        sort();
        while (size > hashes.length / 2) {
            zeros++;
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (takes(hashes[i])) {
                    hashes[kept++] = hashes[i];
                }
            }
            size = kept;
        }
    }

    /** Has to be called once all are added. */
    void sort() {
        Arrays.sort(hashes, 0, size);
        int distinct = 0;
        for (int i = 0; i < size; i++) {
            if (i == 0 || hashes[i] != hashes[i - 1]) {
                hashes[distinct++] = hashes[i];
            }
        }
        size = distinct;
    }

    /** The place of a hash, from 0 to {@code size() - 1}, or a negative number. */
    int indexOf(long hash) {
        return takes(hash) ? Arrays.binarySearch(hashes, 0, size, hash) : -1;
    }
}

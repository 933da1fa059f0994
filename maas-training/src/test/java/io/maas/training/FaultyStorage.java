package io.maas.training;

import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A disk that goes wrong at one of its calls, counted from 1. */
public final class FaultyStorage implements Storage {
    public enum Fault {
        /** The call fails and changes nothing; later ones work. */
        ONCE,
        /** The call and all later ones but deletions fail, as on a full disk; a write leaves half of its bytes. */
        FULL,
        /** The process is dead: a write leaves half of its bytes, and nothing changes any more. */
        DEAD
    }

    /** Stands for the end of the process. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private interface Call {
        void run() throws IOException;
    }

    private final Storage disk = Storage.disk();
    private final Fault fault;
    private final long at;
    private long calls;

    public FaultyStorage(Fault fault, long at) {
        this.fault = fault;
        this.at = at;
    }

    /** Whether it has gone wrong. */
    public boolean struck() {
        return calls >= at;
    }

    private void call(Call whole, Call half) throws IOException {
        calls++;
        if (calls < at || (calls > at && fault == Fault.ONCE)) {
            whole.run();
            return;
        }
        if (fault == Fault.DEAD) {
            if (calls == at) {
                half.run();
            }
            throw new Killed();
        }
        if (fault == Fault.FULL) {
            half.run();
        }
        throw new IOException("No space left on device");
    }

    private void call(Call whole) throws IOException {
        call(whole, () -> {});
    }

    @Override
    public Output open(Path file) throws IOException {
        Output[] opened = new Output[1];
        call(() -> opened[0] = disk.open(file));
        Output output = opened[0];
        return new Output() {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                ByteBuffer half = bytes.duplicate().limit(bytes.position() + bytes.remaining() / 2);
                call(() -> output.write(bytes, position), () -> output.write(half, position));
            }

            @Override
            public void truncate(long size) throws IOException {
                call(() -> output.truncate(size));
            }

            @Override
            public void sync() throws IOException {
                call(output::sync);
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        call(() -> disk.createDirectory(directory));
    }

    @Override
    public void protect(Path file) throws IOException {
        call(() -> disk.protect(file));
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        call(() -> disk.move(from, to));
    }

    @Override
    public void delete(Path file) throws IOException {
        if (fault == Fault.FULL) {
            disk.delete(file); // A full disk can be emptied.
        } else {
            call(() -> disk.delete(file));
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        call(() -> disk.syncDirectory(directory));
    }
}

package io.maas.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A storage that goes wrong at one of its calls, counted from 1 after {@link #arm}; for the tests of all modules. */
public final class FaultyStorage implements Storage {
    public enum Fault {
        /** The call fails and changes nothing; later ones work. */
        FAIL,
        /** The call and all later ones fail, as on a full disk; a write leaves half of its bytes. */
        FULL,
        /** The call does its work and fails nevertheless. */
        LATE,
        /** The process is dead: neither this call nor any later one does anything. */
        KILL
    }

    /** Stands for the end of the process: nothing of the registry may catch it. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** A call that may go wrong. */
    private interface Call {
        void run() throws IOException;
    }

    private final Storage storage;
    private Fault fault = Fault.FAIL;
    private long at = Long.MAX_VALUE;
    private long calls;

    public FaultyStorage(Storage storage) {
        this.storage = storage;
    }

    /** A disk of this machine that goes wrong at one of its calls. */
    public static FaultyStorage armed(Fault fault, long at) {
        FaultyStorage disk = new FaultyStorage(Storage.disk());
        disk.arm(fault, at);
        return disk;
    }

    public void arm(Fault newFault, long newAt) {
        fault = newFault;
        at = newAt;
        calls = 0;
    }

    public void heal() {
        arm(Fault.FAIL, Long.MAX_VALUE);
    }

    /** Whether the call that was to go wrong has been made. */
    public boolean struck() {
        return calls >= at;
    }

    private void call(Path path, Call call, Call half) throws IOException {
        calls++;
        boolean now = calls == at;
        boolean since = calls >= at;
        if (since && fault == Fault.KILL) {
            if (now) {
                half.run();
            }
            throw new Killed();
        }
        if (since && fault == Fault.FULL) {
            half.run();
            throw new IOException(path + ": No space left on device");
        }
        if (now && fault == Fault.FAIL) {
            throw new IOException(path + ": Input/output error");
        }
        call.run();
        if (now && fault == Fault.LATE) {
            throw new IOException(path + ": Input/output error");
        }
    }

    private void call(Path path, Call call) throws IOException {
        call(path, call, () -> {});
    }

    @Override
    public Output open(Path file) throws IOException {
        Output[] opened = new Output[1];
        call(file, () -> opened[0] = storage.open(file));
        Output output = opened[0];
        return new Output() {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                ByteBuffer half = bytes.duplicate().limit(bytes.position() + bytes.remaining() / 2);
                call(file, () -> output.write(bytes, position), () -> output.write(half, position));
            }

            @Override
            public void truncate(long size) throws IOException {
                call(file, () -> output.truncate(size));
            }

            @Override
            public void sync() throws IOException {
                call(file, output::sync);
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        call(directory, () -> storage.createDirectory(directory));
    }

    @Override
    public void protect(Path file) throws IOException {
        call(file, () -> storage.protect(file));
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        call(to, () -> storage.move(from, to));
    }

    @Override
    public void delete(Path file) throws IOException {
        // A full disk still deletes.
        if (fault == Fault.FULL) {
            storage.delete(file);
        } else {
            call(file, () -> storage.delete(file));
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        call(directory, () -> storage.syncDirectory(directory));
    }
}

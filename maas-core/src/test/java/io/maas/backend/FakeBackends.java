package io.maas.backend;

import io.maas.graph.Graph;
import io.maas.model.Signature;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Backends that do what backends do on other people's machines. */
public final class FakeBackends {
    private FakeBackends() {}

    /** Writes a class path folder that offers these. */
    static void offer(Path folder, String... types) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.write(services.resolve(Backend.class.getName()), List.of(types));
    }

    /** Doubles whatever the graph says. */
    public static class Working extends PlainBackend {
        public Working() {
            super("working");
        }

        @Override
        public String version() {
            return "1.2.3";
        }

        @Override
        public Program compile(Graph graph, ProgramOptions options) {
            return new Doubling(Signature.of(graph));
        }
    }

    private record Doubling(Signature signature) implements Program {
        @Override
        public Tensors run(Tensors inputs, Cancellation cancellation) {
            float[] values = inputs.get("x").toFloatArray();
            for (int i = 0; i < values.length; i++) {
                values[i] *= 2;
            }
            return Tensors.of("y", Tensor.of(values, values.length));
        }

        @Override
        public Session newSession(Map<String, String> carried, Tensors initial) {
            throw new IllegalStateException("not used here");
        }

        @Override
        public void close() {}
    }

    /** A bug. */
    public static final class Throwing extends Working {
        public Throwing() {
            throw new IllegalStateException("no licence");
        }
    }

    /** Natives of another platform. */
    public static final class Unlinked extends Working {
        public Unlinked() {
            throw new UnsatisfiedLinkError("no engine in java.library.path");
        }
    }

    /** A jar that is missing. */
    public static final class Incomplete extends Working {
        public Incomplete() {
            throw new NoClassDefFoundError("org/engine/Engine");
        }
    }

    /** Natives that are found missing only when they are needed. */
    public static final class LateUnlinked extends Working {
        @Override
        public String version() {
            throw new IllegalStateException("engine", new UnsatisfiedLinkError("libgomp.so.1: cannot open"));
        }
    }

    /** Wrong memory. */
    public static final class Crashing extends Working {
        @Override
        public String version() {
            try {
                Class<?> unsafe = Class.forName("sun.misc.Unsafe");
                Field field = unsafe.getDeclaredField("theUnsafe");
                field.setAccessible(true);
                unsafe.getMethod("putAddress", long.class, long.class).invoke(field.get(null), 0L, 0L);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
            return "";
        }
    }

    /** A lock that nobody gives back. */
    public static final class Hanging extends Working {
        @Override
        public String version() {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return "";
        }
    }
}

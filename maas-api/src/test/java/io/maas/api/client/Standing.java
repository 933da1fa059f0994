package io.maas.api.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that stands still: it takes connections and says nothing. */
final class Standing implements AutoCloseable {
    private final ServerSocket socket;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();

    Standing() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread acceptor = new Thread(this::accept, "standing-server");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    private void accept() {
        try {
            while (true) {
                connections.add(socket.accept());
            }
        } catch (IOException closed) {
            // The end of the test.
        }
    }

    URI uri(String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + socket.getLocalPort());
    }

    int connections() {
        return connections.size();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : connections) {
            each.close();
        }
    }
}

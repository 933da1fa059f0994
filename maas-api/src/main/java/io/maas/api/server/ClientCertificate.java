package io.maas.api.server;

import io.vertx.core.http.HttpServerRequest;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** What a client has shown of itself while the connection was made. */
final class ClientCertificate {
    private ClientCertificate() {}

    /** The client's own certificate, verified by then; null if it showed none. */
    static @Nullable X509Certificate of(HttpServerRequest request) {
        if (!request.isSSL()) {
            return null;
        }
        try {
            return request.connection().peerCertificates().get(0) instanceof X509Certificate certificate
                    ? certificate
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null; // It need not show one.
        }
    }
}

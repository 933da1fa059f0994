package io.maas.api.server;

import io.maas.api.security.FileStamp;
import io.maas.error.MaasException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates of a server as its files have them now. Files of a key and of its certificate are replaced one after the other, so
 * what does not belong together is not taken: the certificates before stay until it does.
 *
 * <p>Thread-safe. Reads files: not for event loops.
 */
final class Certificates {
    private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

    private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");
    private static final List<String> APPLICATIONS = List.of("h2", "http/1.1");

    private final Vertx vertx;
    private final Tls tls;
    private List<@Nullable FileStamp> stamps;
    private Loaded loaded;

    private record Loaded(PemKeyCertOptions own, @Nullable PemTrustOptions authorities) {}

    /** @throws MaasException if the files are not there, are none of certificates, or do not belong together */
    Certificates(Vertx vertx, Tls tls) {
        this.vertx = vertx;
        this.tls = tls;
        this.stamps = tls.stamps();
        this.loaded = load();
    }

    /** As a server starts with them. */
    synchronized void to(HttpServerOptions options) {
        options.setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(loaded.own)
                .setClientAuth(clients())
                .setEnabledSecureTransportProtocols(PROTOCOLS);
        if (loaded.authorities != null) {
            options.setTrustOptions(loaded.authorities);
        }
    }

    /** Gives a server that listens what is in the files now, if that has changed. The future says whether it had. */
    Future<Boolean> refresh(HttpServer server) {
        return vertx.executeBlocking(this::changed, false)
                .compose(changed ->
                        changed ? server.updateSSLOptions(options(), true).map(true) : Future.succeededFuture(false));
    }

    private synchronized boolean changed() {
        List<@Nullable FileStamp> now = tls.stamps();
        if (now.equals(stamps)) {
            return false;
        }
        stamps = now;
        try {
            loaded = load();
            LOG.info("took new certificates from {}", tls.certificates());
            return true;
        } catch (MaasException e) {
            LOG.error("new certificates cannot be taken; those before stay", e);
            return false;
        }
    }

    private synchronized ServerSSLOptions options() {
        ServerSSLOptions options = new ServerSSLOptions().setClientAuth(clients());
        options.setKeyCertOptions(loaded.own)
                .setUseAlpn(true)
                .setApplicationLayerProtocols(APPLICATIONS)
                .setEnabledSecureTransportProtocols(PROTOCOLS);
        if (loaded.authorities != null) {
            options.setTrustOptions(loaded.authorities);
        }
        return options;
    }

    private ClientAuth clients() {
        if (tls.authorities() == null) {
            return ClientAuth.NONE;
        }
        return tls.demanding() ? ClientAuth.REQUIRED : ClientAuth.REQUEST;
    }

    private Loaded load() {
        PemKeyCertOptions own =
                new PemKeyCertOptions().addCertValue(read(tls.certificates())).addKeyValue(read(tls.key()));
        Path from = tls.authorities();
        PemTrustOptions authorities = from == null ? null : new PemTrustOptions().addCertValue(read(from));
        try {
            X509KeyManager keys =
                    (X509KeyManager) own.getKeyManagerFactory(vertx).getKeyManagers()[0];
            String alias = Stream.of("RSA", "EC", "EdDSA", "RSASSA-PSS")
                    .flatMap(kind -> Stream.ofNullable(keys.getServerAliases(kind, null)))
                    .flatMap(Stream::of)
                    .findFirst()
                    .orElseThrow(() ->
                            new MaasException(tls.key() + " holds no key (expected: one of RSA or an elliptic curve)"));
            requirePair(keys.getPrivateKey(alias), keys.getCertificateChain(alias)[0]);
            if (authorities != null) {
                authorities.getTrustManagerFactory(vertx);
            }
        } catch (MaasException e) {
            throw e;
        } catch (Exception e) {
            throw new MaasException(
                    "the certificates in " + tls.certificates()
                            + " cannot be used (expected: PEM files of certificates and a"
                            + " key that is not encrypted)",
                    e);
        }
        return new Loaded(own, authorities);
    }

    private void requirePair(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                });
        byte[] anything = {1};
        signature.initSign(key);
        signature.update(anything);
        byte[] signed = signature.sign();
        boolean holds;
        try {
            signature.initVerify(certificate.getPublicKey());
            signature.update(anything);
            holds = signature.verify(signed);
        } catch (GeneralSecurityException e) {
            holds = false; // A key of another kind.
        }
        if (!holds) {
            throw new MaasException(tls.key() + " is not the key of the first certificate in " + tls.certificates());
        }
    }

    private static Buffer read(Path file) {
        try {
            return Buffer.buffer(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new MaasException(file + " cannot be read (expected: a PEM file)", e);
        }
    }
}

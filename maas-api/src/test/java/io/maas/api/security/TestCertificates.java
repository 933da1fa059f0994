package io.maas.api.security;

import com.google.common.io.BaseEncoding;
import com.google.common.primitives.Bytes;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import javax.security.auth.x500.X500Principal;

/** Certificates on elliptic curves, as an authority makes them: the least of X.509 that Java takes. */
public final class TestCertificates {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final byte[] ECDSA_SHA256 = sequence(hex("06082A8648CE3D040302"));

    private TestCertificates() {}

    /** A certificate and the key that belongs to it. */
    public record Identity(X509Certificate certificate, KeyPair keys) {
        public void write(Path certificateFile, Path keyFile) throws Exception {
            Files.writeString(certificateFile, pem("CERTIFICATE", certificate.getEncoded()));
            Files.writeString(keyFile, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
        }
    }

    public static Identity authority(String subject) throws Exception {
        KeyPair keys = keys();
        // basicConstraints: critical, CA.
        byte[] constraints = sequence(hex("0603551D13"), hex("0101FF"), octets(sequence(hex("0101FF"))));
        X500Principal name = new X500Principal(subject);
        return new Identity(certificate(name, keys, name, keys, constraints, days(365)), keys);
    }

    /**
     * A certificate that an authority has signed.
     *
     * @param names such as {@code dns:localhost}, {@code uri:spiffe://a/b} or {@code ip:7F000001}
     */
    public static Identity signed(Identity authority, String subject, String... names) throws Exception {
        return signed(authority, subject, days(30), names);
    }

    static Identity signed(Identity authority, String subject, Instant end, String... names) throws Exception {
        KeyPair keys = keys();
        byte[][] values = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            String value = names[i].substring(names[i].indexOf(':') + 1);
            byte[] text = value.getBytes(StandardCharsets.US_ASCII);
            values[i] = switch (names[i].substring(0, names[i].indexOf(':'))) {
                case "email" -> tagged(0x81, text);
                case "dns" -> tagged(0x82, text);
                case "uri" -> tagged(0x86, text);
                default -> tagged(0x87, hex(value));
            };
        }
        byte[] alternatives = names.length == 0 ? new byte[0] : sequence(hex("0603551D11"), octets(sequence(values)));
        return new Identity(
                certificate(
                        new X500Principal(subject),
                        keys,
                        authority.certificate().getSubjectX500Principal(),
                        authority.keys(),
                        alternatives,
                        end),
                keys);
    }

    private static Instant days(int days) {
        return Instant.now().plus(days, ChronoUnit.DAYS);
    }

    private static KeyPair keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            X500Principal subject, KeyPair keys, X500Principal issuer, KeyPair signer, byte[] extensions, Instant end)
            throws Exception {
        byte[] serial = new BigInteger(64, new java.security.SecureRandom())
                .add(BigInteger.ONE)
                .toByteArray();
        byte[] body = sequence(
                tagged(0xA0, hex("020102")),
                tagged(0x02, serial),
                ECDSA_SHA256,
                issuer.getEncoded(),
                sequence(time(Instant.now().minus(60, ChronoUnit.DAYS)), time(end)),
                subject.getEncoded(),
                keys.getPublic().getEncoded(),
                extensions.length == 0 ? new byte[0] : tagged(0xA3, sequence(extensions)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(signer.getPrivate());
        signature.update(body);
        byte[] signed = Bytes.concat(new byte[1], signature.sign());
        byte[] whole = sequence(body, ECDSA_SHA256, tagged(0x03, signed));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] time(Instant time) {
        return tagged(0x18, TIME.format(time).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] octets(byte[] content) {
        return tagged(0x04, content);
    }

    private static byte[] sequence(byte[]... parts) {
        return tagged(0x30, Bytes.concat(parts));
    }

    private static byte[] tagged(int tag, byte[] content) {
        int length = content.length;
        byte[] head;
        if (length < 128) {
            head = new byte[] {(byte) tag, (byte) length};
        } else if (length < 256) {
            head = new byte[] {(byte) tag, (byte) 0x81, (byte) length};
        } else {
            head = new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        }
        return Bytes.concat(head, content);
    }

    private static byte[] hex(String digits) {
        return BaseEncoding.base16().decode(digits);
    }

    private static String pem(String kind, byte[] content) {
        return "-----BEGIN " + kind + "-----\n"
                + BaseEncoding.base64().withSeparator("\n", 64).encode(content) + "\n-----END " + kind + "-----\n";
    }
}

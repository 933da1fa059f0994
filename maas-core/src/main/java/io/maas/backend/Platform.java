package io.maas.backend;

import java.nio.file.Path;

/**
 * What natives have to get along with on this machine.
 *
 * @param os the operating system and its version
 * @param architecture of this JVM, such as {@code amd64}
 * @param libc glibc or musl on Linux, empty where there is no choice
 * @param java version and vendor of this JVM
 * @param cores that this JVM may use
 * @param heapBytes the most that this JVM's heap may grow to
 * @param memoryBytes of the machine; 0 if not known
 * @param limitBytes what the container may use; 0 if there is no limit
 * @param temporary the folder that natives are unpacked to
 */
public record Platform(
        String os,
        String architecture,
        String libc,
        String java,
        int cores,
        long heapBytes,
        long memoryBytes,
        long limitBytes,
        Path temporary) {
    @Override
    public String toString() {
        String c = libc.isEmpty() ? "" : ", " + libc;
        String memory = memoryBytes == 0 ? "" : ", " + mib(memoryBytes) + " of memory";
        String limit = limitBytes == 0 ? ", no container limit" : ", container limit " + mib(limitBytes);
        return os + " on " + architecture + c + "; Java " + java + "; " + cores + " cores, heap up to " + mib(heapBytes)
                + memory + limit + "; temporary folder " + temporary;
    }

    static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}

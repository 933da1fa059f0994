package io.maas.serving;

import io.maas.registry.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The versions that a deployment has loaded, and those that it has given up but whose last requests may still be under way. */
final class LoadedVersions {
    private final String name;
    private final DeploymentContext context;
    private final Map<Target, LoadedVersion> loaded = new HashMap<>();
    private final Map<Target, VersionMeters> meters = new HashMap<>();
    private final List<LoadedVersion> retired = new ArrayList<>();

    LoadedVersions(String name, DeploymentContext context) {
        this.name = name;
        this.context = context;
    }

    @Nullable
    LoadedVersion find(@Nullable Target target) {
        return target == null ? null : loaded.get(target);
    }

    Set<Target> targets() {
        return new HashSet<>(loaded.keySet());
    }

    /** The version that a target means, loaded now if it is not. */
    LoadedVersion load(Target target) {
        LoadedVersion found = loaded.get(target);
        if (found == null) {
            Version version = context.registry().version(name, target.version());
            found = context.loader().load(version, target.options());
            loaded.put(target, found);
        }
        return found;
    }

    /** Gives up all others; their memory is freed when their last request ends. */
    void retain(Set<Target> wanted) {
        for (Target target : targets()) {
            LoadedVersion version = wanted.contains(target) ? null : loaded.remove(target);
            if (version != null) {
                version.release();
                retired.add(version);
            }
        }
        retired.removeIf(each -> isClosed(each, 0));
    }

    /** Counts what these do in the application's meters, and no others. */
    void meter(Set<Target> inService) {
        Set<Target> gone = new HashSet<>(meters.keySet());
        gone.removeAll(inService);
        for (Target target : gone) {
            VersionMeters counters = meters.remove(target);
            if (counters != null) {
                counters.close();
            }
        }
        for (Target target : inService) {
            LoadedVersion version = loaded.get(target);
            if (version != null) {
                meters.computeIfAbsent(
                        target, fresh -> new VersionMeters(context.meters(), version.version(), version.batcher()));
            }
        }
    }

    /** Waits for the last requests on versions that were given up; false if that took longer. */
    boolean awaitDrained(long nanos) {
        long end = context.loader().ticker().read() + nanos;
        for (LoadedVersion version : retired) {
            if (!isClosed(version, Math.max(0, end - context.loader().ticker().read()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isClosed(LoadedVersion version, long nanos) {
        try {
            return version.awaitClosed(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

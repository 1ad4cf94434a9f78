package org.unplug.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.ExamFactory;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.nat.internal.NativeTestContainerFactory;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** All bundles resolve and start together. */
@RunWith(PaxExam.class)
@ExamFactory(NativeTestContainerFactory.class)
@ExamReactorStrategy(PerClass.class)
public class SmokeIT {

    @Inject
    private BundleContext context;

    @Configuration
    public Option[] framework() {
        return new Option[] {TargetPlatform.runtime(), TargetPlatform.unplug()};
    }

    @Test
    public void start_ofEveryBundle_makesItActive() {
        List<String> seen = new ArrayList<>();
        for (Bundle bundle : context.getBundles()) {
            if (TargetPlatform.UNPLUG.contains(bundle.getSymbolicName())) {
                assertEquals(bundle + " is not ACTIVE", Bundle.ACTIVE, bundle.getState());
                seen.add(bundle.getSymbolicName());
            }
        }
        assertTrue("missing of " + TargetPlatform.UNPLUG + ": found " + seen, seen.containsAll(TargetPlatform.UNPLUG));
    }
}

/**
 * What somebody who has never seen our sources might write: bundles made on the fly by
 * {@link org.unplug.itests.Strangers} from these classes, on exported packages only. Their behaviour comes from the test as a
 * service of a type of the JDK, so that they share no class with it.
 */
package org.unplug.itests.stranger;

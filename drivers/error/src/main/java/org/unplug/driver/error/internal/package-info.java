/** Failing by rule: {@link org.unplug.driver.error.internal.ErrorDriver}. */
package org.unplug.driver.error.internal;

/** A matrix for people and programs: text, Markdown, sections of a page, JSON; pure functions of it. */
package org.unplug.lab.explore.report;

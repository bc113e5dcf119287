/** What one test of the suite gave. */
export interface Result {
  name: string;
  /** passed, failed, pending, excluded */
  status: string;
  messages: string[];
}

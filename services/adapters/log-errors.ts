/** Errors every `Log` adapter throws by the same name, so that callers decide by class and not by message. */

/** A topic that does not exist is never created by writing or reading; the declaration in core/topics.ts does that. */
export class UnknownTopicError extends Error {
  override readonly name = "UnknownTopicError";
  readonly topic: string;
  constructor(topic: string) {
    super(`topic ${topic} does not exist; \`plumbline up\` creates the product's topics`);
    this.topic = topic;
  }
}

/** The record exceeds what the topic or the client takes; nothing of its batch may be assumed written. */
export class RecordTooLargeError extends Error {
  override readonly name = "RecordTooLargeError";
  readonly topic: string;
  constructor(topic: string, valueBytes: number) {
    super(`a record of ${valueBytes} bytes is too large for topic ${topic}`);
    this.topic = topic;
  }
}

/** A stored offset lies past the end: the topic was recreated or lost data, and reading on would mix two histories. */
export class OffsetBeyondEndError extends Error {
  override readonly name = "OffsetBeyondEndError";
  readonly topic: string;
  readonly partition: number;
  constructor(topic: string, partition: number, offset: number, end: number) {
    super(
      `${topic}/${partition}: the stored offset ${offset} is past the end ${end}; ` +
        "the topic was recreated or lost records",
    );
    this.topic = topic;
    this.partition = partition;
  }
}

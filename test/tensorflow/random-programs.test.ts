import { expect } from 'chai';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '../../src/random.js';

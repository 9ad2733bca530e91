import { b } from '../../../billing/src';
